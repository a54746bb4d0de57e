using System.Diagnostics;
using System.Globalization;

namespace Coffer.Protocol.Secrets;

/// <summary>The types that TOML gives a secret, each with its own encoding: protocol.md section 5.</summary>
public enum SecretKind
{
    /// <summary>UTF-8 text.</summary>
    Text,

    /// <summary>A 64-bit signed integer.</summary>
    Integer,

    /// <summary>A binary64 float; infinities and NaN included.</summary>
    Float,

    /// <summary>true or false.</summary>
    Boolean,

    /// <summary>RFC 3339 with an offset.</summary>
    OffsetDateTime,

    /// <summary>RFC 3339 without an offset.</summary>
    LocalDateTime,

    /// <summary>RFC 3339 full-date.</summary>
    LocalDate,

    /// <summary>RFC 3339 partial-time.</summary>
    LocalTime,
}

/// <summary>One typed secret. It prints as its type and nothing else.</summary>
/// <remarks>
/// A class with no public text property on purpose: records and structs print their parts, and Akka prints undelivered messages.
/// Dates are kept as the text they were written in, so fractional seconds and offsets come back as written.
/// </remarks>
[DebuggerDisplay("{Kind}")]
public sealed class SecretValue : IEquatable<SecretValue>
{
    private readonly string? _text;
    private readonly long _bits;

    private SecretValue(SecretKind kind, string? text, long bits)
    {
        Kind = kind;
        _text = text;
        _bits = bits;
    }

    /// <summary>The TOML type.</summary>
    public SecretKind Kind { get; }

    /// <summary>A text secret.</summary>
    public static SecretValue OfText(string text) => new(SecretKind.Text, text, 0);

    /// <summary>An integer secret.</summary>
    public static SecretValue OfInteger(long integer) => new(SecretKind.Integer, null, integer);

    /// <summary>A float secret. Every NaN is the same NaN.</summary>
    public static SecretValue OfFloat(double number) =>
        new(SecretKind.Float, null, BitConverter.DoubleToInt64Bits(double.IsNaN(number) ? CanonicalNaN : number));

    /// <summary>A boolean secret.</summary>
    public static SecretValue OfBoolean(bool boolean) => new(SecretKind.Boolean, null, boolean ? 1 : 0);

    /// <summary>A date or time of the given kind in its RFC 3339 text, checked by <see cref="DateText"/>.</summary>
    /// <exception cref="ArgumentException"><paramref name="kind"/> is no date or <paramref name="text"/> no date of that kind.</exception>
    public static SecretValue OfDate(SecretKind kind, string text)
    {
        if (!DateText.IsValid(kind, text)) throw new ArgumentException($"not a {kind}", nameof(text));
        return new(kind, text, 0);
    }

    /// <summary>The text of a <see cref="SecretKind.Text"/>.</summary>
    /// <exception cref="InvalidOperationException">The secret is of another kind.</exception>
    public string RevealText() => Kind == SecretKind.Text ? _text! : throw WrongKind(SecretKind.Text);

    /// <summary>The number of a <see cref="SecretKind.Integer"/>.</summary>
    /// <exception cref="InvalidOperationException">The secret is of another kind.</exception>
    public long RevealInteger() => Kind == SecretKind.Integer ? _bits : throw WrongKind(SecretKind.Integer);

    /// <summary>The number of a <see cref="SecretKind.Float"/>.</summary>
    /// <exception cref="InvalidOperationException">The secret is of another kind.</exception>
    public double RevealFloat() => Kind == SecretKind.Float ? BitConverter.Int64BitsToDouble(_bits) : throw WrongKind(SecretKind.Float);

    /// <summary>The truth of a <see cref="SecretKind.Boolean"/>.</summary>
    /// <exception cref="InvalidOperationException">The secret is of another kind.</exception>
    public bool RevealBoolean() => Kind == SecretKind.Boolean ? _bits != 0 : throw WrongKind(SecretKind.Boolean);

    /// <summary>The RFC 3339 text of one of the four dates.</summary>
    /// <exception cref="InvalidOperationException">The secret is no date.</exception>
    public string RevealDate() => Kind >= SecretKind.OffsetDateTime ? _text! : throw WrongKind(SecretKind.OffsetDateTime);

    /// <summary>The secret as TOML writes it, but strings bare: what an environment variable holds.</summary>
    public string RevealAsText() => Kind switch
    {
        SecretKind.Integer => _bits.ToString(CultureInfo.InvariantCulture),
        SecretKind.Float => FloatText(BitConverter.Int64BitsToDouble(_bits)),
        SecretKind.Boolean => _bits != 0 ? "true" : "false",
        _ => _text!,
    };

    /// <summary>The type, never the value.</summary>
    public override string ToString() => $"<{Kind}>";

    /// <summary>Whether both have the same type and value; NaN equals NaN, and 0.0 differs from -0.0.</summary>
    public bool Equals(SecretValue? other) =>
        other is not null && Kind == other.Kind && _bits == other._bits && string.Equals(_text, other._text, StringComparison.Ordinal);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as SecretValue);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Kind, _bits, _text);

    private static readonly double CanonicalNaN = BitConverter.Int64BitsToDouble(0x7FF8_0000_0000_0000);

    private static string FloatText(double number)
    {
        if (double.IsNaN(number)) return "nan";
        if (double.IsInfinity(number)) return number > 0 ? "inf" : "-inf";
        var text = number.ToString("R", CultureInfo.InvariantCulture);
        return text.AsSpan().IndexOfAny('.', 'E') >= 0 ? text : text + ".0";
    }

    private InvalidOperationException WrongKind(SecretKind asked) => new($"asked a {Kind} for its {asked}");
}
