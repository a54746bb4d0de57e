using System.Buffers.Binary;
using System.Security.Cryptography;
using Coffer.Crypto.Keys;

namespace Coffer.Server.Catalog;

/// <summary>Who is known, the revision in which each one's coffer changed last, and when it was fetched last: 16 bytes a client.</summary>
/// <remarks>
/// Of some clients that are known no more the last fetch stays, because a revoked one may be asked about and restored. Immutable but for the times of fetches, of which one may be lost while a revision is taken over: they are for operators to look at.
/// Keys are held as 64-bit fingerprints under a secret of this process, sorted. A stranger has one chance in 2^64 / clients to be taken
/// for somebody, cannot search for a key that is, and would only reach an entity that finds no row.
/// </remarks>
public sealed class KnownClients
{
    // Revocations are few; a definition may take out millions at once, of whom nobody asks. Those that were fetched last stay.
    private const int MaxGone = 1024;

    private static readonly byte[] FingerprintSecret = RandomNumberGenerator.GetBytes(PublicKey.Size);

    /// <summary>Nobody.</summary>
    public static readonly KnownClients None = new([], [], [], []);

    private readonly ulong[] _fingerprints;
    private readonly uint[] _revisions;

    // Seconds since 1970; 0 for never. Enough until 2106.
    private readonly uint[] _fetched;

    // The last fetches of those taken out, by fingerprint; never 0.
    private readonly Dictionary<ulong, uint> _gone;

    private KnownClients(ulong[] fingerprints, uint[] revisions, uint[] fetched, Dictionary<ulong, uint> gone)
    {
        _fingerprints = fingerprints;
        _revisions = revisions;
        _fetched = fetched;
        _gone = gone;
    }

    /// <summary>How many there are.</summary>
    public int Count => _fingerprints.Length;

    /// <summary>The revision in which the coffer of <paramref name="client"/> changed last, or null where it is not known.</summary>
    public long? Find(PublicKey client) => IndexOf(client) is { } at ? _revisions[at] : null;

    /// <summary>Remembers that <paramref name="client"/> got its coffer at <paramref name="time"/>.</summary>
    public void Fetched(PublicKey client, DateTimeOffset time)
    {
        if (IndexOf(client) is { } at) Volatile.Write(ref _fetched[at], (uint)time.ToUnixTimeSeconds());
    }

    /// <summary>When <paramref name="client"/> got its coffer last, to the second; null where nothing is known of it.</summary>
    public DateTimeOffset? LastFetch(PublicKey client)
    {
        var seconds = IndexOf(client) is { } at ? Volatile.Read(ref _fetched[at]) : _gone.GetValueOrDefault(Fingerprint(client));
        return seconds == 0 ? null : DateTimeOffset.FromUnixTimeSeconds(seconds);
    }

    private int? IndexOf(PublicKey client) => Array.BinarySearch(_fingerprints, Fingerprint(client)) is var at and >= 0 ? at : null;

    /// <summary>The same with <paramref name="changes"/> made: a null revision takes a client out. The last change of a client counts.</summary>
    public KnownClients With(IReadOnlyList<KeyValuePair<PublicKey, long?>> changes) => changes.Count == 0 ? this : Merge(Sorted(changes), keepsOthers: true);

    /// <summary>Those of <paramref name="clients"/> and nobody else, with what is known of their fetches. A null revision stands for nobody.</summary>
    public KnownClients Only(IReadOnlyList<KeyValuePair<PublicKey, long?>> clients) => Merge(Sorted(clients), keepsOthers: false);

    private static (ulong Fingerprint, int Order, uint? Revision)[] Sorted(IReadOnlyList<KeyValuePair<PublicKey, long?>> changes)
    {
        var changed = new (ulong Fingerprint, int Order, uint? Revision)[changes.Count];
        for (var i = 0; i < changed.Length; i++)
            changed[i] = (Fingerprint(changes[i].Key), i, changes[i].Value is { } revision ? checked((uint)revision) : null);
        Array.Sort(changed, (a, b) => a.Fingerprint != b.Fingerprint ? a.Fingerprint.CompareTo(b.Fingerprint) : a.Order.CompareTo(b.Order));
        return changed;
    }

    private KnownClients Merge((ulong Fingerprint, int Order, uint? Revision)[] changed, bool keepsOthers)
    {
        var fingerprints = new ulong[_fingerprints.Length + changed.Length];
        var revisions = new uint[fingerprints.Length];
        var fetched = new uint[fingerprints.Length];
        var gone = new Dictionary<ulong, uint>(_gone);
        var count = 0;
        var old = 0;
        for (var i = 0; i < changed.Length; i++)
        {
            var isLastWord = i + 1 == changed.Length || changed[i + 1].Fingerprint != changed[i].Fingerprint;
            if (!isLastWord) continue;
            while (old < _fingerprints.Length && _fingerprints[old] < changed[i].Fingerprint) PassOld();
            var wasKnown = old < _fingerprints.Length && _fingerprints[old] == changed[i].Fingerprint;
            if (changed[i].Revision is { } revision) Keep(changed[i].Fingerprint, revision, wasKnown ? _fetched[old] : TakeBack(changed[i].Fingerprint));
            else if (wasKnown) TakeOut();
            if (wasKnown) old++;
        }
        while (old < _fingerprints.Length) PassOld();

        Array.Resize(ref fingerprints, count);
        Array.Resize(ref revisions, count);
        Array.Resize(ref fetched, count);
        if (gone.Count > MaxGone) gone = gone.OrderByDescending(client => client.Value).Take(MaxGone).ToDictionary();
        return new(fingerprints, revisions, fetched, gone);

        uint TakeBack(ulong fingerprint) => gone.Remove(fingerprint, out var time) ? time : 0;

        void PassOld()
        {
            if (keepsOthers) Keep(_fingerprints[old], _revisions[old], _fetched[old]);
            else TakeOut();
            old++;
        }

        void TakeOut()
        {
            if (_fetched[old] != 0) gone.Add(_fingerprints[old], _fetched[old]);
        }

        void Keep(ulong fingerprint, uint revision, uint time)
        {
            fingerprints[count] = fingerprint;
            revisions[count] = revision;
            fetched[count++] = time;
        }
    }

    private static ulong Fingerprint(PublicKey client)
    {
        Span<byte> input = stackalloc byte[2 * PublicKey.Size];
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        FingerprintSecret.CopyTo(input);
        client.Span.CopyTo(input[PublicKey.Size..]);
        SHA256.HashData(input, hash);
        return BinaryPrimitives.ReadUInt64LittleEndian(hash);
    }
}
