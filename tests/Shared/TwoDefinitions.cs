using Coffer.Client;
using Coffer.Crypto.Keys;

namespace Coffer.Tests.Shared;

/// <summary>Two definitions of which a mixture would show: the second gives every second client another coffer, and has one client less and one more.</summary>
internal sealed class TwoDefinitions : IDisposable
{
    private const int Clients = 12;

    private readonly KeyPair[] _clients = [.. Enumerable.Range(0, Clients).Select(_ => KeyPair.Generate())];

    /// <summary>The first or the second.</summary>
    internal string Toml(int definition)
    {
        var clients = Enumerable.Range(0, Clients).Where(client => IsDefined(definition, client)).ToArray();
        return $"[clients]\n{string.Concat(clients.Select(client => $"client-{client} = \"{_clients[client].PublicKey}\"\n"))}"
            + string.Concat(clients.Select(client => $"[client-{client}]\nVALUE = \"{Value(definition, client)}\"\n"));
    }

    /// <summary>Fails where any client gets something else than the first or the second definition gives it, or <paramref name="revoked"/> gets anything; returns how many clients get their coffers.</summary>
    internal async Task<int> IsServedAsync(int definition, Func<KeyPair, Task<FetchOutcome>> fetchAsync, int? revoked = null)
    {
        var served = Enumerable.Range(0, Clients).Where(client => IsDefined(definition, client) && client != revoked).ToArray();
        for (var client = 0; client < Clients; client++)
        {
            var outcome = await fetchAsync(_clients[client]);
            if (served.Contains(client)) Assert.Equal(Value(definition, client), Assert.IsType<FetchOutcome.Fetched>(outcome).Coffer.Find("VALUE")!.RevealText());
            else Assert.IsNotType<FetchOutcome.Fetched>(outcome);
        }
        return served.Length;
    }

    public void Dispose()
    {
        foreach (var client in _clients) client.Dispose();
    }

    private static bool IsDefined(int definition, int client) => client != (definition == 1 ? Clients - 1 : 0);

    private static string Value(int definition, int client) => $"of definition {(client % 2 == 0 ? 1 : definition)}";
}
