using Coffer.Crypto.Keys;
using Coffer.Server.Storage;
using Coffer.Tests.Shared;

namespace Coffer.Server.Tests.Storage;

/// <summary>A PostgreSQL that must not say of anything that it is written before a standby has it.</summary>
public sealed class StandbySpecs : IAsyncLifetime
{
    private static readonly PublicKey Client = new([.. Enumerable.Repeat((byte)7, PublicKey.Size)]);

    private readonly string _directory = Directory.CreateTempSubdirectory("coffer-store-").FullName;
    private PrivatePostgres _postgres = null!;
    private OpenedStore _opened = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _postgres = await PrivatePostgres.StartAsync();
        var address = SharedPostgres.AddressOf(_postgres.Address(await _postgres.CreateDatabaseAsync()));
        _opened = await OpenedStore.OpenAsync(DataDirectory.Open(_directory), address, new PublicKey([.. Enumerable.Repeat((byte)9, PublicKey.Size)]), Cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        await _opened.DisposeAsync();
        await _postgres.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task Nothing_is_written_for_certain_and_the_term_stays_its_own_until_the_standby_is_there()
    {
        await _opened.Store.BeginTermAsync(Cancellation);
        await RequireStandbyAsync("nobody");

        // The database looks at its settings in its own time.
        var (revision, isRevoked) = (0L, false);
        StoreException? refused = null;
        while (refused is null) refused = await TryRevokeAsync(++revision, isRevoked = !isRevoked);

        Assert.Equal((StoreFault.Unavailable, "the standby has not confirmed it in time", true, true), (refused.Fault, refused.Message, refused.MayBeOpen, refused.MayBeWritten));
        // Either one is in the database, and nobody was told of it.
        for (var i = 0; i < 2; i++) Assert.True((await Assert.ThrowsAsync<StoreException>(() => _opened.Store.BeginNextTermAsync(Cancellation))).MayBeWritten);

        await RequireStandbyAsync("");

        Assert.Equal(revision, (await _opened.Store.BeginNextTermAsync(Cancellation))?.Revision);
        Assert.Equal(isRevoked, await _opened.Store.IsRevokedAsync(Client, Cancellation));
        Assert.Null(await TryRevokeAsync(++revision, !isRevoked));
    }

    private async Task<StoreException?> TryRevokeAsync(long revision, bool isRevoked)
    {
        var made = new StoredRevision(
            revision, isRevoked ? RevisionKind.Revoke : RevisionKind.Restore, Serial: null, Companion: null, SealedAt: null, File: null, DateTimeOffset.UnixEpoch, Source: null, Client, Clients: 0, Added: 0, Changed: 0, Removed: 0);
        try
        {
            Assert.True(await _opened.Store.TrySetRevokedAsync(made, Client, isRevoked, Cancellation));
            return null;
        }
        catch (StoreException e)
        {
            return e;
        }
    }

    private async Task RequireStandbyAsync(string name)
    {
        await _postgres.QueryAsync("postgres", $"ALTER SYSTEM SET synchronous_standby_names = '{name}'");
        await _postgres.QueryAsync("postgres", "SELECT pg_reload_conf()");
    }
}
