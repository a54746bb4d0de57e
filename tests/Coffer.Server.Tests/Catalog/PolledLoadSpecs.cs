using Coffer.Crypto.Keys;
using Coffer.Protocol.Cbor;
using Coffer.Protocol.Frames;
using Coffer.Protocol.Messages;
using Coffer.Server.Catalog;
using Coffer.Server.Tests.Conversations;
using Coffer.Server.Tests.Operations;

namespace Coffer.Server.Tests.Catalog;

/// <summary>Clients that fetch without a pause while revision after revision is written.</summary>
public sealed class PolledLoadSpecs : IAsyncLifetime
{
    // Seven of ten commands are loads.
    private const int Loads = 210;
    private const int Commands = Loads / 7 * 10;

    private readonly PatientNode _node = new();

    // What each client is to get after each command, null for nothing. Written before a command is asked, read by those who poll.
    private readonly long?[] _wanted = new long?[Commands + 1];
    private int _asked;
    private int _acknowledged;
    private int _polls;

    public ValueTask InitializeAsync() => _node.InitializeAsync();

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    [Fact]
    public async Task A_Get_that_begins_after_the_acknowledgement_never_gets_an_older_coffer()
    {
        var contents = new List<(long Revision, long Number)> { await LoadAsync(0) };
        var polling = Enumerable.Range(0, 4).Select(_ => PollAsync()).ToArray();

        var random = new Random(4);
        for (var i = 1; i <= Commands; i++)
        {
            var back = contents[random.Next(Math.Max(0, contents.Count - 10), contents.Count)];
            var (wanted, act) = (i % 10) switch
            {
                3 => (null, () => _node.AskAsync(new CatalogCommands.Revoke(_node.Client.PublicKey))),
                4 => (contents[^1].Number, () => _node.AskAsync(new CatalogCommands.Restore(_node.Client.PublicKey))),
                7 => (back.Number, () => _node.AskAsync(new CatalogCommands.RollBack(back.Revision))),
                _ => ((long?)i, (Func<Task<LoadOutcome>>)(() => _node.TryLoadAsync(Definition(i)))),
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

    // Each revision meets somebody who polls.
    private async Task PolledAsync(Task[] polling)
    {
        var polls = Volatile.Read(ref _polls);
        while (Volatile.Read(ref _polls) == polls)
        {
            Assert.All(polling, poll => Assert.False(poll.IsFaulted, poll.Exception?.ToString()));
            await Task.Delay(1, TestContext.Current.CancellationToken);
        }
    }

    private async Task PollAsync()
    {
        while (Volatile.Read(ref _asked) >= 0)
        {
            // A session is cut off by any revocation since its Hello, so what says no counts from there.
            var before = Volatile.Read(ref _acknowledged);
            using var peer = await RawPeer.ConnectAsync(_node.Address);
            var (got, since) = await LinkAsync(peer) ? await GetAsync(peer, before) : (null, before);
            var until = Volatile.Read(ref _asked) is var asked and >= 0 ? asked : Commands;

            Assert.Contains(got, _wanted[since..(until + 1)]);
            Interlocked.Increment(ref _polls);
        }
    }

    private async Task<bool> LinkAsync(RawPeer peer)
    {
        await peer.SendAsync(peer.Hello(_node.Client, _node.ServerKey));
        var (type, body) = await peer.ReadFrameAsync();
        var answer = peer.ReadAnswer(type, body, _node.Client.PublicKey);
        Assert.True(answer is HelloAnswer.Link or HelloAnswer.KeyNotFound, $"{answer}");
        if (answer == HelloAnswer.Link) peer.Split();
        return answer == HelloAnswer.Link;
    }

    // What came, and the command from which on it may be.
    private async Task<(long? Number, int Since)> GetAsync(RawPeer peer, int linked)
    {
        var before = Volatile.Read(ref _acknowledged);
        await peer.SendAsync(peer.Get());
        var (type, body) = await peer.ReadFrameAsync();
        var text = new byte[body.Length];
        Assert.True(SealedMessage.TryRead(peer.Transport, type, body, text, out var length));
        if (type == MessageType.Error)
        {
            Assert.Equal(ErrorWord.Revoked, ErrorMessage.Parse(text.AsSpan(0, length)).Word);
            return (null, linked);
        }
        Assert.Equal(MessageType.OkGet, type);
        Assert.True(CofferCbor.TryDecode(text.AsMemory(0, length), out var coffer));
        return (coffer.Find("NUMBER")!.RevealInteger(), before);
    }

    private async Task<(long Revision, long Number)> LoadAsync(int number)
    {
        _wanted[number] = number;
        return ((await _node.LoadAsync(Definition(number))).Revision, number);
    }

    private string Definition(int number) => $"[clients]\nclient = \"{_node.Client.PublicKey}\"\n[client]\nNUMBER = {number}\n";
}
