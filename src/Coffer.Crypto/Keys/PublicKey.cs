using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Coffer.Crypto.Keys;

/// <summary>An X25519 public key: the name that a client's coffer is kept under, and what clients pin of a server.</summary>
/// <remarks>
/// 32 bytes, RFC 7748 section 5. Text: 64 hexadecimal digits in groups of four joined by <c>-</c>, protocol.md section 4.
/// <c>default</c> names nobody and throws when it is read.
/// </remarks>
public readonly struct PublicKey : IEquatable<PublicKey>, IComparable<PublicKey>, IParsable<PublicKey>
{
    /// <summary>The key's length in bytes.</summary>
    public const int Size = 32;

    /// <summary>The length of the text form in characters: 64 digits and 15 dashes.</summary>
    public const int TextLength = Size * 2 + Size / 2 - 1;

    private readonly Bytes _bytes;
    private readonly bool _present;

    /// <summary>Takes a copy of <paramref name="bytes"/>.</summary>
    /// <exception cref="ArgumentException"><paramref name="bytes"/> is not 32 bytes long.</exception>
    public PublicKey(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Size) throw new ArgumentException($"a public key has {Size} bytes, not {bytes.Length}", nameof(bytes));
        bytes.CopyTo(_bytes);
        _present = true;
    }

    /// <summary>The 32 bytes, valid for as long as the variable this is called on.</summary>
    /// <exception cref="InvalidOperationException">The key is <c>default</c>.</exception>
    [UnscopedRef]
    public ReadOnlySpan<byte> Span
    {
        get
        {
            if (!_present) throw new InvalidOperationException("the default public key names nobody");
            return _bytes;
        }
    }

    /// <summary>Whether every exchange with this key gives the all-zero secret, for any scalar.</summary>
    /// <remarks>RFC 7748 section 6.1; the non-canonical and high-bit forms of the points of order 1, 2, 4 and 8 count as well.</remarks>
    public bool IsLowOrder => LowOrderPoints.Contains(Span);

    /// <summary>Writes the text form.</summary>
    public override string ToString() => _present ? KeyText.Format(_bytes) : "(no key)";

    /// <summary>Reads the text form: either case, with or without the dashes, and nothing else.</summary>
    /// <exception cref="FormatException">The text is no public key; the message says what it looks like instead.</exception>
    public static PublicKey Parse(string s, IFormatProvider? provider = null) =>
        TryRead(s, out var key, out var problem) ? key : throw new FormatException(problem.Message);

    /// <inheritdoc/>
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out PublicKey result) =>
        TryRead(s ?? "", out result, out _);

    /// <summary>Reads the text form; otherwise says which kind of key the text is, so that the person who pasted it knows what to look for.</summary>
    /// <remarks>Low-order points are refused here: nobody can hold a coffer or a server under them.</remarks>
    public static bool TryRead(ReadOnlySpan<char> text, out PublicKey key, [NotNullWhen(false)] out KeyProblem? problem) =>
        KeyText.TryRead(text, out key, out problem);

    /// <inheritdoc/>
    public bool Equals(PublicKey other) => _present == other._present && ((ReadOnlySpan<byte>)_bytes).SequenceEqual(other._bytes);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is PublicKey other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        ReadOnlySpan<byte> bytes = _bytes;
        var hash = new HashCode();
        hash.AddBytes(bytes);
        return hash.ToHashCode();
    }

    /// <inheritdoc/>
    public int CompareTo(PublicKey other) => _present == other._present
        ? ((ReadOnlySpan<byte>)_bytes).SequenceCompareTo(other._bytes)
        : _present.CompareTo(other._present);

    /// <summary>Whether both name the same holder.</summary>
    public static bool operator ==(PublicKey left, PublicKey right) => left.Equals(right);

    /// <summary>Whether the two name different holders.</summary>
    public static bool operator !=(PublicKey left, PublicKey right) => !left.Equals(right);

    [InlineArray(Size)]
    private struct Bytes
    {
        private byte _first;
    }
}
