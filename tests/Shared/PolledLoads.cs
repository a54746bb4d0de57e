using System.Net;
using Coffer.Crypto.Keys;
using Coffer.Protocol.Cbor;
using Coffer.Protocol.Frames;
using Coffer.Protocol.Messages;
using Coffer.Server.Catalog;
using Coffer.Server.Tests.Conversations;

namespace Coffer.Tests.Shared;

/// <summary>A node that takes commands and is polled.</summary>
/// <param name="Address">Where clients come to.</param>
/// <param name="LoadAsync">Seals and loads a definition, newer than the last of any node, by way of this one.</param>
/// <param name="AskAsync">Asks the catalog by way of this node.</param>
internal sealed record PolledNode(IPEndPoint Address, Func<string, Task<LoadOutcome>> LoadAsync, Func<CatalogCommand, Task<LoadOutcome>> AskAsync);

/// <summary>A client that fetches without a pause, several times at once and from every node, while revision after revision is written by way of one node after the other.</summary>
/// <param name="client">The client.</param>
/// <param name="server">The key that it pins.</param>
/// <param name="loads">How many loads: seven of ten commands.</param>
/// <param name="nodes">Those that are asked.</param>
internal sealed class PolledLoads(KeyPair client, PublicKey server, int loads, params PolledNode[] nodes)
{
    private readonly int _commands = loads / 7 * 10;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    // What the client is to get after each command, null for nothing. Written before a command is asked, read by those who poll.
    private readonly long?[] _wanted = new long?[(loads / 7 * 10) + 1];
    private readonly int[] _polls = new int[nodes.Length];
    private int _asked;
    private int _acknowledged;

    /// <summary>Fails where a Get that begins after a command was acknowledged gets, from whichever node, what was wanted before that command.</summary>
    internal async Task RunAsync(int pollers)
    {
        _wanted[0] = 0;
        var contents = new List<(long Revision, long Number)> { (Assert.IsType<LoadOutcome.Loaded>(await nodes[0].LoadAsync(Definition(0))).Revision, 0) };
        var polling = Enumerable.Range(0, pollers).Select(poller => PollAsync(poller % nodes.Length)).ToArray();

        var random = new Random(4);
        for (var i = 1; i <= _commands; i++)
        {
            var node = nodes[i % nodes.Length];
            var back = contents[random.Next(Math.Max(0, contents.Count - 10), contents.Count)];
            var (wanted, act) = (i % 10) switch
            {
                3 => (null, () => node.AskAsync(new CatalogCommands.Revoke(client.PublicKey))),
                4 => (contents[^1].Number, () => node.AskAsync(new CatalogCommands.Restore(client.PublicKey))),
                7 => (back.Number, () => node.AskAsync(new CatalogCommands.RollBack(back.Revision))),
                _ => ((long?)i, (Func<Task<LoadOutcome>>)(() => node.LoadAsync(Definition(i)))),
            };
            _wanted[i] = wanted;
            Volatile.Write(ref _asked, i);
            var outcome = await act();
            Volatile.Write(ref _acknowledged, i);

            if (outcome is LoadOutcome.Loaded loaded && wanted is { } number && i % 10 != 4) contents.Add((loaded.Revision, number));
            else Assert.True(i % 10 is 3 or 4 or 7 && outcome is not LoadOutcome.Refused, $"command {i}: {outcome}");
            await PolledAsync(polling);
        }

        Volatile.Write(ref _asked, -1);
        await Task.WhenAll(polling);
    }

    // Each revision meets somebody who polls, on each node.
    private async Task PolledAsync(Task[] polling)
    {
        using var patience = new CancellationTokenSource(Patience);
        var polls = _polls.ToArray();
        while (_polls.Zip(polls).Any(node => node.First == node.Second))
        {
            Assert.All(polling, poll => Assert.False(poll.IsFaulted, poll.Exception?.ToString()));
            await Task.Delay(1, patience.Token);
        }
    }

    private async Task PollAsync(int node)
    {
        while (Volatile.Read(ref _asked) >= 0)
        {
            // A session is cut off by any revocation since its Hello, so what says no counts from there.
            var before = Volatile.Read(ref _acknowledged);
            using var peer = await RawPeer.ConnectAsync(nodes[node].Address);
            if (await FetchAsync(peer, before) is not { } got) continue;
            var until = Volatile.Read(ref _asked) is var asked and >= 0 ? asked : _commands;

            Assert.Contains(got.Number, _wanted[got.Since..(until + 1)]);
            Interlocked.Increment(ref _polls[node]);
        }
    }

    // What came, and the command from which on it may be; null where nothing was said of the coffer.
    private async Task<(long? Number, int Since)?> FetchAsync(RawPeer peer, int before)
    {
        await peer.SendAsync(peer.Hello(client, server));
        var (type, body) = await peer.ReadFrameAsync();
        if (type == MessageType.Error) return IsRevoked(body) ? (null, before) : null;
        var answer = peer.ReadAnswer(type, body, client.PublicKey);
        Assert.True(answer is HelloAnswer.Link or HelloAnswer.KeyNotFound, $"{answer}");
        if (answer == HelloAnswer.KeyNotFound) return (null, before);
        peer.Split();
        return await GetAsync(peer, before);
    }

    private async Task<(long? Number, int Since)?> GetAsync(RawPeer peer, int linked)
    {
        var before = Volatile.Read(ref _acknowledged);
        await peer.SendAsync(peer.Get());
        var (type, body) = await peer.ReadFrameAsync();
        var text = new byte[body.Length];
        Assert.True(SealedMessage.TryRead(peer.Transport, type, body, text, out var length));
        if (type == MessageType.Error) return IsRevoked(text.AsSpan(0, length)) ? (null, linked) : null;
        Assert.Equal(MessageType.OkGet, type);
        Assert.True(CofferCbor.TryDecode(text.AsMemory(0, length), out var coffer));
        return (coffer.Find("NUMBER")!.RevealInteger(), before);
    }

    // Of several nodes, one may have nothing to say for a moment: while an entity is on its way to another.
    private bool IsRevoked(ReadOnlySpan<byte> error)
    {
        var word = ErrorMessage.Parse(error).Word;
        Assert.True(word == ErrorWord.Revoked || (word == ErrorWord.Unavailable && nodes.Length > 1), $"{word}");
        return word == ErrorWord.Revoked;
    }

    private string Definition(int number) => $"[clients]\nclient = \"{client.PublicKey}\"\n[client]\nNUMBER = {number}\n";
}
