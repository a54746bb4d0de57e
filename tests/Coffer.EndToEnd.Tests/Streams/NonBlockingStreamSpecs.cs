using System.Text;
using Coffer.EndToEnd.Tests.Client;
using Coffer.Protocol.Secrets;

namespace Coffer.EndToEnd.Tests.Streams;

/// <summary>Pipes that whoever shares them has made non-blocking: as dd does with those that it is given, and leaves them.</summary>
public sealed class NonBlockingStreamSpecs
{
    [Fact]
    public async Task Every_byte_arrives_at_a_reader_that_comes_later()
    {
        var value = new string('v', 900_000);
        await using var bench = new ClientBench(("LARGE", SecretValue.OfText(value)));
        using var client = bench.Start("/bin/sh", "-c", "dd if=/dev/null oflag=nonblock 2>/dev/null; exec \"$@\"", "sh", Programs.Client, "get", "LARGE", "--format", "raw");
        var output = new MemoryStream();

        // From here on the pipe is full.
        output.WriteByte((byte)client.StandardOutput.BaseStream.ReadByte());
        await client.StandardOutput.BaseStream.CopyToAsync(output, TestContext.Current.CancellationToken);
        var error = await client.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await ClientBench.WaitFor(client);

        Assert.Equal((0, ""), (client.ExitCode, error));
        Assert.Equal(value, Encoding.UTF8.GetString(output.ToArray()));
    }

    [Fact]
    public async Task A_writer_that_comes_later_is_waited_for()
    {
        await using var bench = new ClientBench();

        // More than a pipe holds, so that its reader finds it empty time and again.
        var ended = await bench.Run(
            "/bin/sh",
            ["-c", "dd iflag=nonblock count=0 of=/dev/null 2>/dev/null; exec \"$@\"", "sh", Programs.Companion, "check", "-"],
            Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("# a comment\n", 1_000_000)) + $"[clients]\nshop = \"{bench.Key}\"\n"));

        Assert.Equal(0, ended.ExitCode);
        Assert.StartsWith("coffer-companion: note: <stdin>: nothing is wrong", ended.Error, StringComparison.Ordinal);
    }
}
