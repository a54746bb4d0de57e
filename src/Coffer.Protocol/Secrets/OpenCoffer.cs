namespace Coffer.Protocol.Secrets;

/// <summary>One client's secrets in the clear: key names and typed values, ordered by key (ordinal UTF-8), no key twice.</summary>
/// <remarks>
/// Source: protocol.md section 5. Key names are at least one character and hold no NUL; text holds no NUL either, because an environment
/// variable cannot. Those rules belong to the definition (docs/definition.md); a coffer that came off the wire is taken as it is.
/// </remarks>
public sealed class OpenCoffer
{
    /// <summary>What a coffer may take encoded, in bytes: 1 MiB, protocol.md section 6.</summary>
    public const int MaxEncodedSize = 1 << 20;

    /// <summary>A coffer that holds nothing.</summary>
    public static readonly OpenCoffer Empty = new([]);

    private readonly KeyValuePair<string, SecretValue>[] _secrets;

    private OpenCoffer(KeyValuePair<string, SecretValue>[] secrets) => _secrets = secrets;

    /// <summary>Takes <paramref name="secrets"/> in any order.</summary>
    /// <exception cref="ArgumentException">A key stands twice.</exception>
    public static OpenCoffer Of(IEnumerable<KeyValuePair<string, SecretValue>> secrets)
    {
        var sorted = secrets.ToArray();
        Array.Sort(sorted, (a, b) => CompareKeys(a.Key, b.Key));
        for (var i = 1; i < sorted.Length; i++)
            if (sorted[i].Key == sorted[i - 1].Key) throw new ArgumentException("a key stands twice in one coffer", nameof(secrets));
        return new(sorted);
    }

    /// <summary>The secrets in the order they travel in.</summary>
    public IReadOnlyList<KeyValuePair<string, SecretValue>> Secrets => _secrets;

    /// <summary>The value under <paramref name="key"/>, or null.</summary>
    public SecretValue? Find(string key)
    {
        foreach (var secret in _secrets)
            if (secret.Key == key) return secret.Value;
        return null;
    }

    /// <summary>How many secrets there are; never which.</summary>
    public override string ToString() => $"<coffer of {_secrets.Length}>";

    /// <summary>Orders keys as their UTF-8 bytes are ordered, which UTF-16's ordinal order is not beyond the basic plane.</summary>
    public static int CompareKeys(string left, string right)
    {
        var shared = Math.Min(left.Length, right.Length);
        for (var i = 0; i < shared; i++)
        {
            if (left[i] == right[i]) continue;
            return Weight(left[i]).CompareTo(Weight(right[i]));
        }
        return left.Length.CompareTo(right.Length);

        // Surrogates stand for code points above every other 16-bit unit.
        static int Weight(char unit) => char.IsSurrogate(unit) ? unit + 0x10000 : unit;
    }
}
