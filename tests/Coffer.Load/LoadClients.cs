using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Coffer.Crypto.Keys;
using Coffer.Protocol.Cbor;
using Coffer.Protocol.Secrets;

namespace Coffer.Load;

/// <summary>The clients of a load, their keys and their coffers, all of it derived from a seed: whoever knows the seed can play every one of them.</summary>
/// <remarks>For measuring only. Client i's scalar and the values of its secrets are HMAC-SHA256 under the seed.</remarks>
internal sealed class LoadClients : IDisposable
{
    // Each key in guarded memory takes three mappings, and Linux gives a process 65,530 of them.
    private const int MostKeptKeys = 10_000;

    private readonly byte[] _seed;
    private readonly KeyPair?[] _keys;
    private readonly byte[]?[] _expected;

    /// <summary><paramref name="count"/> clients, each with <paramref name="secrets"/> secrets of <paramref name="size"/> letters.</summary>
    internal LoadClients(string seed, int count, int secrets, int size)
    {
        _seed = Encoding.UTF8.GetBytes(seed);
        Secrets = secrets;
        Size = size;
        _keys = new KeyPair?[count];
        _expected = new byte[]?[count];
    }

    internal int Count => _keys.Length;

    internal int Secrets { get; }

    internal int Size { get; }

    internal static string NameOf(int client) => string.Create(CultureInfo.InvariantCulture, $"client-{client}");

    internal static string KeyOf(int secret) => string.Create(CultureInfo.InvariantCulture, $"SECRET_{secret}");

    /// <summary>Calls <paramref name="use"/> with the client's key pair, which stays with this object.</summary>
    internal T WithKey<T>(int client, Func<KeyPair, T> use)
    {
        if (Count > MostKeptKeys)
        {
            using var once = Derive(client);
            return use(once);
        }
        if (Volatile.Read(ref _keys[client]) is { } kept) return use(kept);

        var made = Derive(client);
        var first = Interlocked.CompareExchange(ref _keys[client], made, null);
        if (first is not null) made.Dispose();
        return use(first ?? made);
    }

    /// <summary>The value of one secret: <see cref="Size"/> letters.</summary>
    internal string ValueOf(int client, int secret) => Letters($"value {client} {secret}");

    /// <summary>The public key of somebody who is only defined: no scalar is known to it, and it costs no multiplication.</summary>
    internal PublicKey OtherKey(int other) => new(HMACSHA256.HashData(_seed, Label($"other {other}")));

    /// <summary>The value of a secret of somebody who is only defined; another one in another <paramref name="round"/>.</summary>
    internal string OtherValue(int other, int secret, int round) => Letters($"other value {other} {secret} {round}");

    /// <summary>The client's coffer as it must arrive.</summary>
    internal ReadOnlySpan<byte> Expected(int client) => _expected[client] ??=
        CofferCbor.Encode(OpenCoffer.Of(Enumerable.Range(0, Secrets).Select(secret => KeyValuePair.Create(KeyOf(secret), SecretValue.OfText(ValueOf(client, secret))))));

    public void Dispose()
    {
        foreach (var key in _keys) key?.Dispose();
    }

    private KeyPair Derive(int client) => new(HMACSHA256.HashData(_seed, Label($"key {client}")));

    private string Letters(FormattableString label)
    {
        var name = FormattableString.Invariant(label);
        var text = new StringBuilder(Size + 64);
        for (var block = 0; text.Length < Size; block++) text.Append(Convert.ToHexStringLower(HMACSHA256.HashData(_seed, Label($"{name} {block}"))));
        return text.ToString(0, Size);
    }

    private static byte[] Label(FormattableString label) => Encoding.UTF8.GetBytes(FormattableString.Invariant(label));
}
