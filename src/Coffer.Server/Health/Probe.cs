using System.Net;
using Coffer.Client;
using Coffer.Crypto.Keys;
using Coffer.Crypto.Sealing;
using Coffer.Protocol.Cbor;
using Coffer.Protocol.Messages;
using Coffer.Protocol.Secrets;
using Coffer.Server.Storage;

namespace Coffer.Server.Health;

/// <summary>A client that the server itself is: it fetches an empty coffer from this node as any client does, to find out whether that works.</summary>
/// <remarks>
/// Its key pair is derived from the server's, so it is the same on all nodes and nobody else's. It is in no definition: the node's view knows it
/// beforehand, and its row is one of the server's own (revision 0), so no load, rollback, listing or count ever meets it.
/// </remarks>
public sealed class Probe(ServerKeys server, StorageSeal seal, ICofferStore store) : IDisposable
{
    // What audit and logs would call it, were they told.
    private const string Name = "(probe)";

    private readonly KeyPair _key = server.First.Derive("Coffer/1 health probe"u8);
    private volatile bool _isKept;

    /// <summary>The key that the node knows the probe by.</summary>
    public PublicKey PublicKey => _key.PublicKey;

    /// <summary>Fetches from the node that listens on <paramref name="listen"/>.</summary>
    /// <returns>Null where that went well, or what went wrong.</returns>
    /// <exception cref="StoreException">The probe's row could not be written; that is done once.</exception>
    public async Task<string?> FetchAsync(IPEndPoint listen, TimeSpan timeout)
    {
        await KeepRowAsync().ConfigureAwait(false);

        var options = new CofferClientOptions { Servers = [AddressOf(listen)], ServerKey = server.First.PublicKey, Key = _key, Timeout = timeout };
        return await CofferClient.FetchAsync(options).ConfigureAwait(false) is FetchOutcome.Failed failed ? Words(failed.Cause) : null;
    }

    /// <summary>Wipes the secret half of the key.</summary>
    public void Dispose() => _key.Dispose();

    /// <summary>Writes the probe's row where that was not done yet: at the start, because a disk that is full later keeps no client from its coffer, and is no reason to call the node unready.</summary>
    /// <exception cref="StoreException">It could not be written.</exception>
    public async Task KeepRowAsync()
    {
        if (_isKept) return;
        var empty = CofferCbor.Encode(OpenCoffer.Of([]));
        await store.KeepOwnAsync(new StoredRow(PublicKey, Name, seal.Digest(PublicKey, empty), seal.Seal(PublicKey, revision: 0, empty))).ConfigureAwait(false);
        _isKept = true;
    }

    // A node that listens everywhere listens on loopback.
    private static ServerAddress AddressOf(IPEndPoint listen)
    {
        var host = listen.Address.Equals(IPAddress.Any) ? IPAddress.Loopback : listen.Address.Equals(IPAddress.IPv6Any) ? IPAddress.IPv6Loopback : listen.Address;
        return ServerAddress.TryRead(new IPEndPoint(host, listen.Port).ToString(), out var address) ? address : throw new ArgumentException($"{listen} is no address", nameof(listen));
    }

    private static string Words(FetchFailure failure) => failure switch
    {
        FetchFailure.Refused refused => $"{ErrorWordOf(refused)}: {refused.Explanation}",
        FetchFailure.TimedOut => "the node did not answer in time",
        FetchFailure.CannotConnect => "the node's own address cannot be connected to",
        FetchFailure.KeyUnknown => "the node does not know its probe",
        _ => "the conversation broke off",
    };

    private static string ErrorWordOf(FetchFailure.Refused refused) => refused.Word.ToString().ToLowerInvariant();
}
