using System.Globalization;

namespace Coffer.Client.Cli.Execution;

/// <summary>Which signals this program was told to ignore by whoever started it, to be told on.</summary>
/// <remarks>
/// execve resets what is handled, but keeps what is ignored. .NET takes handlers for some signals once sockets are in use, which would turn
/// "ignored", as nohup and a shell's &amp; leave it, into "default". SIGPIPE the runtime ignores before a line of ours runs, so what it was before
/// cannot be seen any more: it is set to default, which is what nearly every program is started with. SIGXFSZ this program ignores itself.
/// </remarks>
internal sealed class InheritedSignals
{
    // The last signal that ever is ignored: the numbers from 32 on belong to the C library and to real-time use, which nobody ignores for others.
    private const int Last = 31;

    private readonly ulong _ignored;

    private InheritedSignals(ulong ignored) => _ignored = ignored;

    /// <summary>Looks at once after start, before .NET has taken any.</summary>
    internal static InheritedSignals Read() => new((Ignored() ?? 0) & ~Bit(Libc.SIGPIPE));

    /// <summary>Makes them so again, right before the program is started.</summary>
    internal void Restore()
    {
        // Without /proc those two are known to be.
        var now = Ignored() ?? Bit(Libc.SIGPIPE) | Bit(Libc.SIGXFSZ);
        for (var number = 1; number <= Last; number++)
        {
            var before = (_ignored & Bit(number)) != 0;
            if (before != ((now & Bit(number)) != 0)) Libc.Signal(number, before ? Libc.SIG_IGN : Libc.SIG_DFL);
        }
    }

    /// <summary>Ignores again what this program ignores itself, where no other took its place: what it still says must not end it.</summary>
    internal static void IgnoreOwn()
    {
        Libc.Signal(Libc.SIGPIPE, Libc.SIG_IGN);
        Libc.Signal(Libc.SIGXFSZ, Libc.SIG_IGN);
    }

    private static ulong Bit(int number) => 1UL << (number - 1);

    private static ulong? Ignored()
    {
        const string Line = "SigIgn:";
        try
        {
            foreach (var line in File.ReadLines("/proc/self/status"))
                if (line.StartsWith(Line, StringComparison.Ordinal)) return ulong.Parse(line.AsSpan(Line.Length).Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It need not be mounted.
        }
        return null;
    }
}
