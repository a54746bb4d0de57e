using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Coffer.Client.Tests;
using Coffer.Protocol.Cbor;
using Coffer.Protocol.Secrets;
using Xunit;

namespace Coffer.EndToEnd.Tests.Client;

/// <summary>SIGSTOP and SIGCONT, which end a wait in the kernel, while coffer-client fetches.</summary>
public sealed class ClientSuspensionSpecs
{
    // Between two suspensions: so short that a wait which began anew with each would never end.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    [Fact]
    public async Task Gives_up_in_time_on_a_server_that_says_nothing_however_often_it_is_suspended()
    {
        await using var bench = new ClientBench();
        await bench.Play(side => side.AwaitClose());

        var (exitCode, error) = await RunSuspended(bench);

        Assert.Equal((125, $"{bench.Server.Address} did not answer in time, while waiting for the answer to our hello (--timeout is 2 s for all)"), (exitCode, error));
    }

    [Fact]
    public async Task Gives_up_in_time_on_a_connection_that_nobody_takes_however_often_it_is_suspended()
    {
        await using var bench = new ClientBench();
        // A queue of one, which the first connection fills: Linux drops whoever comes then.
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(0);
        using var first = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await first.ConnectAsync(listener.LocalEndPoint!, TestContext.Current.CancellationToken);
        bench.Environment["COFFER_SERVER"] = listener.LocalEndPoint!.ToString()!;

        var (exitCode, error) = await RunSuspended(bench);

        Assert.Equal((125, $"{listener.LocalEndPoint} did not answer in time, while waiting for the connection (--timeout is 2 s for all)"), (exitCode, error));
    }

    [Fact]
    public async Task Keeps_a_coffer_that_came_while_it_was_suspended_until_the_time_was_over()
    {
        await using var bench = new ClientBench();
        var started = new TaskCompletionSource<Process>();
        await bench.Play(side =>
        {
            using var transport = side.Link();
            side.ReadGet(transport);
            var client = started.Task.Result;
            Signal(client, "STOP");
            side.Send(ServerSide.CofferFrames(transport, CofferCbor.Encode(OpenCoffer.Of([new("a", SecretValue.OfInteger(1))]))));
            Thread.Sleep(TimeSpan.FromSeconds(5));
            Signal(client, "CONT");
            side.AwaitClose();
        });
        using var process = bench.Start(Programs.Client, "get", "--timeout", "5");
        started.SetResult(process);
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);

        await ClientBench.WaitFor(process);

        Assert.Equal((0, "a = 1\n", ""), (process.ExitCode, await output, await error));
    }

    /// <summary>Runs <c>get</c>, suspended again and again until its end, and returns its exit code and error.</summary>
    private static async Task<(int ExitCode, string Error)> RunSuspended(ClientBench bench)
    {
        using var process = bench.Start(Programs.Client, "get", "--timeout", "2");
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var end = ClientBench.WaitFor(process);
        while (!end.IsCompleted)
        {
            Signal(process, "STOP");
            Signal(process, "CONT");
            await Task.WhenAny(end, Task.Delay(Pause, TestContext.Current.CancellationToken));
        }
        await end;
        return (process.ExitCode, (await error).Split('\n')[0].Replace("coffer-client: error: ", "", StringComparison.Ordinal));
    }

    private static void Signal(Process process, string signal)
    {
        // The process may have ended, which kill then says.
        using var kill = Process.Start(new ProcessStartInfo("kill", [$"-{signal}", process.Id.ToString(CultureInfo.InvariantCulture)]) { RedirectStandardError = true })!;
        kill.WaitForExit();
    }
}
