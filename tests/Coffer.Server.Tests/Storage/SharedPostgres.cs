using Coffer.Server.Storage;
using Coffer.Tests.Shared;

[assembly: AssemblyFixture(typeof(Coffer.Server.Tests.Storage.SharedPostgres))]

namespace Coffer.Server.Tests.Storage;

/// <summary>One PostgreSQL for all tests that only need a database in it; started for the first that asks.</summary>
public sealed class SharedPostgres : IAsyncDisposable
{
    private readonly Lazy<Task<PrivatePostgres>> _server = new(() => PrivatePostgres.StartAsync());

    public Task<PrivatePostgres> ServerAsync() => _server.Value;

    /// <summary>An empty database.</summary>
    public async Task<StoreAddress> CreateDatabaseAsync()
    {
        var server = await ServerAsync();
        return AddressOf(server.Address(await server.CreateDatabaseAsync()));
    }

    public static StoreAddress AddressOf(string text) => StoreAddress.TryRead(text, out var address, out var problem) ? address : throw new InvalidOperationException(problem.Message);

    public async ValueTask DisposeAsync()
    {
        if (_server.IsValueCreated) await (await _server.Value).DisposeAsync();
    }
}
