using Coffer.Crypto.Keys;
using Coffer.Server.Catalog;

namespace Coffer.Server.Tests.Catalog;

/// <summary>Who is known, through any number of changes.</summary>
public sealed class KnownClientsSpecs
{
    [Fact]
    public void Knows_nobody_at_first()
    {
        Assert.Equal(0, KnownClients.None.Count);
        Assert.Null(KnownClients.None.Find(KeyOf(1)));
    }

    [Fact]
    public void Adds_changes_and_removes()
    {
        var first = KnownClients.None.With([new(KeyOf(1), 1), new(KeyOf(2), 1), new(KeyOf(3), 1)]);

        var second = first.With([new(KeyOf(2), 2), new(KeyOf(3), null), new(KeyOf(4), 2), new(KeyOf(5), null)]);

        Assert.Equal([1L, 2L, null, 2L, null], Enumerable.Range(1, 5).Select(i => second.Find(KeyOf(i))));
        Assert.Equal(3, second.Count);
        // What a session holds does not change under it.
        Assert.Equal([1L, 1L, 1L, null, null], Enumerable.Range(1, 5).Select(i => first.Find(KeyOf(i))));
    }

    [Fact]
    public void The_last_change_of_a_client_counts()
    {
        var known = KnownClients.None.With([new(KeyOf(1), 1), new(KeyOf(1), null), new(KeyOf(1), 3), new(KeyOf(2), 1), new(KeyOf(2), null)]);

        Assert.Equal((3L, null, 1), (known.Find(KeyOf(1)), known.Find(KeyOf(2)), known.Count));
    }

    [Fact]
    public void Keeps_the_last_fetch_of_a_client_that_is_taken_out_and_let_in_again()
    {
        var known = KnownClients.None.With([new(KeyOf(1), 1), new(KeyOf(2), 1)]);
        known.Fetched(KeyOf(1), TimeOf(100));

        var revoked = known.With([new(KeyOf(1), null), new(KeyOf(2), null)]);
        var later = revoked.With([new(KeyOf(3), 3)]);
        var restored = later.With([new(KeyOf(1), 4), new(KeyOf(2), 4)]);

        Assert.Null(later.Find(KeyOf(1)));
        foreach (var clients in new[] { revoked, later, restored }) Assert.Equal((TimeOf(100), null), (clients.LastFetch(KeyOf(1)), clients.LastFetch(KeyOf(2))));
        restored.Fetched(KeyOf(1), TimeOf(200));
        Assert.Equal(TimeOf(200), restored.LastFetch(KeyOf(1)));
    }

    [Fact]
    public void Knows_nobody_else_where_it_is_told_of_all()
    {
        var known = KnownClients.None.With([new(KeyOf(1), 1), new(KeyOf(2), 1), new(KeyOf(3), 1)]);
        known.Fetched(KeyOf(1), TimeOf(100));
        known.Fetched(KeyOf(2), TimeOf(200));

        var told = known.Only([new(KeyOf(2), 5), new(KeyOf(3), null), new(KeyOf(4), 5)]);

        Assert.Equal([null, 5L, null, 5L], Enumerable.Range(1, 4).Select(i => told.Find(KeyOf(i))));
        Assert.Equal([TimeOf(100), TimeOf(200), null, null], Enumerable.Range(1, 4).Select(i => told.LastFetch(KeyOf(i))));
        Assert.Equal(0, told.Only([]).Count);
    }

    [Fact]
    public void Keeps_only_so_many_last_fetches_of_clients_taken_out_and_those_the_latest()
    {
        const int Kept = 1024;
        var everybody = Enumerable.Range(1, Kept + 3).ToArray();
        var known = KnownClients.None.With([.. everybody.Select(i => KeyValuePair.Create(KeyOf(i), (long?)1))]);
        foreach (var i in everybody) known.Fetched(KeyOf(i), TimeOf(i));

        var nobody = known.With([.. everybody.Select(i => KeyValuePair.Create(KeyOf(i), (long?)null))]);

        Assert.Equal([1, 2, 3], everybody.Where(i => nobody.LastFetch(KeyOf(i)) is null));
    }

    [Fact]
    public void Refuses_a_revision_that_does_not_fit() =>
        Assert.Throws<OverflowException>(() => KnownClients.None.With([new(KeyOf(1), 1L << 32)]));

    [Fact]
    public void Is_as_right_as_a_dictionary_after_random_changes()
    {
        var random = new Random(20260701);
        var expected = new Dictionary<PublicKey, long?>();
        var known = KnownClients.None;

        for (var round = 1; round <= 200; round++)
        {
            var changes = Enumerable.Range(0, random.Next(20)).Select(_ => KeyValuePair.Create(KeyOf(random.Next(200)), random.Next(3) == 0 ? null : (long?)round)).ToList();
            foreach (var (client, revision) in changes) expected[client] = revision;
            known = known.With(changes);

            Assert.Equal(expected.Values.Count(revision => revision is not null), known.Count);
            for (var i = 0; i < 200; i++) Assert.Equal(expected.GetValueOrDefault(KeyOf(i)), known.Find(KeyOf(i)));
        }
    }

    private static DateTimeOffset TimeOf(int seconds) => DateTimeOffset.FromUnixTimeSeconds(seconds);

    private static PublicKey KeyOf(int number)
    {
        var bytes = new byte[PublicKey.Size];
        BitConverter.TryWriteBytes(bytes, number);
        return new PublicKey(bytes);
    }
}
