using System.Diagnostics;

namespace Coffer.Crypto.Tests.Keys;

/// <summary>Runs the real <c>openssl</c>.</summary>
internal static class OpenSsl
{
    internal static byte[] Run(params string[] arguments)
    {
        var start = new ProcessStartInfo("openssl", arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        using var output = new MemoryStream();
        process.StandardOutput.BaseStream.CopyTo(output);
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"openssl {arguments[0]}: {errors.Result}");
        return output.ToArray();
    }
}
