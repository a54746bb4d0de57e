using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Coffer.Cluster.Tests.Procedures;

/// <summary>Gives the word <c>systemctl</c> of the procedures its meaning: a program of that name that asks this process, whose children the servers are.</summary>
/// <remarks>A request is a line, <c>HOST COMMAND…</c>; the answer is empty where it is done, else says why not.</remarks>
internal sealed class Supervisor : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Func<string, string, Task<string?>> _do;
    private readonly Task _accepting;

    /// <summary>Puts the program into <paramref name="programs"/>; <paramref name="doCommand"/> gets host and command.</summary>
    internal Supervisor(string programs, Func<string, string, Task<string?>> doCommand)
    {
        _do = doCommand;
        _listener.Start();
        var port = ((IPEndPoint)_listener.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture);
        WriteProgram(programs, "systemctl", $"""
            exec 3<>/dev/tcp/127.0.0.1/{port}
            echo "$HOST $*" >&3
            answer=$(cat <&3)
            [ -z "$answer" ] || printf '%s\n' "$answer" >&2
            [ -z "$answer" ]
            """);
        _accepting = AcceptAsync();
    }

    /// <summary>Makes a program of <paramref name="commands"/>, for bash.</summary>
    internal static void WriteProgram(string folder, string name, string commands)
    {
        var file = Path.Combine(folder, name);
        File.WriteAllText(file, $"#!/usr/bin/env bash\nset -euo pipefail\n{commands}\n");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _accepting;
    }

    private async Task AcceptAsync()
    {
        var answers = new List<Task>();
        try
        {
            while (true) answers.Add(AnswerAsync(await _listener.AcceptTcpClientAsync()));
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(answers);
        }
    }

    private async Task AnswerAsync(TcpClient asker)
    {
        using (asker)
        {
            using var reader = new StreamReader(asker.GetStream());
            await using var writer = new StreamWriter(asker.GetStream());
            var request = (await reader.ReadLineAsync())!.Split(' ', 2);
            try
            {
                await writer.WriteAsync(await _do(request[0], request[1]));
            }
            catch (Exception e)
            {
                // A failed assertion, with the log of a server that did not start, belongs to the block that asked.
                await writer.WriteAsync(e.Message);
            }
        }
    }
}
