using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;

namespace Coffer.Cluster.Tests.Faults;

/// <summary>Takes TCP connections on a port of its own and passes on what they say to <paramref name="target"/> and back, each byte so much later.</summary>
internal sealed class DelayingRelay : IAsyncDisposable
{
    private readonly IPEndPoint _target;
    private readonly TimeSpan _delay;
    private readonly TcpListener _listener;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _accepting;

    internal DelayingRelay(IPAddress at, IPEndPoint target, TimeSpan delay)
    {
        (_target, _delay) = (target, delay);
        _listener = new TcpListener(at, 0);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    internal int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>How many connections it has taken so far.</summary>
    internal int Connections { get; private set; }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        var relayed = new List<Task>();
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                Connections++;
                relayed.Add(RelayAsync(client));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException or SocketException)
        {
            await Task.WhenAll(relayed);
        }
    }

    private async Task RelayAsync(TcpClient client)
    {
        using (client)
        using (var server = new TcpClient())
        using (var ended = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token))
        {
            try
            {
                await server.ConnectAsync(_target, ended.Token);
                (client.NoDelay, server.NoDelay) = (true, true);
                await Task.WhenAny(PassAsync(client.GetStream(), server.GetStream(), ended.Token), PassAsync(server.GetStream(), client.GetStream(), ended.Token));
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException)
            {
            }
            await ended.CancelAsync();
        }
    }

    private async Task PassAsync(NetworkStream from, NetworkStream to, CancellationToken stop)
    {
        var late = Channel.CreateBounded<(long Due, byte[] Bytes)>(1000);
        await Task.WhenAny(TakeAsync(from, late.Writer, stop), GiveAsync(late.Reader, to, stop));
    }

    private async Task TakeAsync(NetworkStream from, ChannelWriter<(long Due, byte[] Bytes)> late, CancellationToken stop)
    {
        var buffer = new byte[64 * 1024];
        while (await from.ReadAsync(buffer, stop) is > 0 and var read)
            await late.WriteAsync((Stopwatch.GetTimestamp() + (long)(_delay.TotalSeconds * Stopwatch.Frequency), buffer[..read]), stop);
    }

    private static async Task GiveAsync(ChannelReader<(long Due, byte[] Bytes)> late, NetworkStream to, CancellationToken stop)
    {
        await foreach (var (due, bytes) in late.ReadAllAsync(stop))
        {
            var left = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), due);
            if (left > TimeSpan.Zero) await Task.Delay(left, stop);
            await to.WriteAsync(bytes, stop);
        }
    }
}
