namespace Coffer.Definitions.Reading;

/// <summary>TOML's integers, with the range that the parser does not check.</summary>
internal static class TomlNumber
{
    /// <summary>Reads a well-formed integer (sign, base prefix and underscores as TOML has them); false where it takes more than 64 bits with its sign.</summary>
    internal static bool TryInteger(ReadOnlySpan<char> text, out long integer)
    {
        integer = 0;
        var isNegative = text[0] == '-';
        if (text[0] is '+' or '-') text = text[1..];
        var radix = text is ['0', 'x', ..] ? 16u : text is ['0', 'o', ..] ? 8u : text is ['0', 'b', ..] ? 2u : 10u;
        var digits = radix == 10 ? text : text[2..];

        UInt128 size = 0;
        foreach (var digit in digits)
        {
            if (digit == '_') continue;
            size = size * radix + Digit(digit);
            if (size > (UInt128)long.MaxValue + 1) return false;
        }
        if (size > long.MaxValue && !isNegative) return false;
        integer = isNegative ? (long)-(Int128)size : (long)size;
        return true;
    }

    private static uint Digit(char digit) => (uint)(char.IsAsciiDigit(digit) ? digit - '0' : (digit | 0x20) - 'a' + 10);
}
