namespace Coffer.Definitions.Reading;

/// <summary>A line and a column of the file, both from 1, the column in code points.</summary>
internal readonly record struct Place(int Line, int Column)
{
    /// <summary>Where the file begins.</summary>
    internal static readonly Place Start = new(1, 1);

    /// <summary>The place of <paramref name="offset"/> in <paramref name="text"/>, whose first line is <paramref name="firstLine"/>.</summary>
    internal static Place Of(ReadOnlySpan<char> text, int offset, int firstLine)
    {
        var before = text[..Math.Clamp(offset, 0, text.Length)];
        var column = 1;
        foreach (var unit in before[(before.LastIndexOf('\n') + 1)..])
            if (!char.IsLowSurrogate(unit)) column++;
        return new(firstLine + before.Count('\n'), column);
    }
}
