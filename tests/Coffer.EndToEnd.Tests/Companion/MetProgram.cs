using System.Diagnostics;
using System.Globalization;
using Xunit;

namespace Coffer.EndToEnd.Tests.Companion;

/// <summary>coffer-companion, met in the middle of its work: it is stopped when something can be seen of that, and goes on with a signal.</summary>
internal static class MetProgram
{
    internal static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    /// <summary>Starts it, stops it once <paramref name="isSeen"/>, and sends the signal; again where it was done before that, or <paramref name="isMet"/> is not so of what is stopped. Returns its exit code.</summary>
    /// <param name="before">Puts everything back to where the program begins.</param>
    /// <param name="ignored">Whether it is started with the signal ignored.</param>
    internal static async Task<int> Run(DirectoryInfo directory, string[] arguments, string signal, Action before, Func<bool> isSeen, Func<bool> isMet, bool ignored = false)
    {
        var clock = Stopwatch.StartNew();
        while (true)
        {
            before();
            using var process = Start(directory, ignored ? $"trap '' {signal}; " : "", arguments);
            while (!process.HasExited && !isSeen()) Assert.True(clock.Elapsed < Limit, "it neither wrote nor ended in time");
            Send("STOP", process);
            while (!process.HasExited && !IsStopped(process)) Assert.True(clock.Elapsed < Limit, "it did not stop");
            var met = !process.HasExited && isMet();
            if (met) Send(signal, process);
            Send("CONT", process);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Limit, TestContext.Current.CancellationToken);

            if (met) return process.ExitCode;
            Assert.Equal(0, process.ExitCode);
            Assert.True(clock.Elapsed < Limit, "it was never met while it wrote");
        }
    }

    /// <summary>Starts it by a shell that then becomes it, with what it says to people thrown away.</summary>
    internal static Process Start(DirectoryInfo directory, string before, string[] arguments) => Process.Start(
        new ProcessStartInfo("/bin/sh", ["-c", $"{before}exec \"$@\" > /dev/null 2>&1", "sh", Programs.Companion, .. arguments]) { WorkingDirectory = directory.FullName })!;

    internal static void Send(string signal, Process process)
    {
        using var kill = Process.Start("/bin/sh", ["-c", $"kill -{signal} {process.Id.ToString(CultureInfo.InvariantCulture)} 2> /dev/null"]);
        kill.WaitForExit();
    }

    private static bool IsStopped(Process process)
    {
        var status = File.ReadAllText($"/proc/{process.Id.ToString(CultureInfo.InvariantCulture)}/stat");
        return status[(status.LastIndexOf(')') + 2)..].StartsWith('T');
    }
}
