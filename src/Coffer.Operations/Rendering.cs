using Coffer.Shared;

namespace Coffer.Operations;

/// <summary>How people are shown rows.</summary>
public enum Layout
{
    /// <summary>A row is a row of a table.</summary>
    Table,

    /// <summary>A row is a record: a line a field.</summary>
    Fields,

    /// <summary>A row is a line of text.</summary>
    Lines,
}

/// <summary>A column's name, which is that of the row's property that it shows.</summary>
public sealed record ColumnTitle(string Name, bool IsNumber)
{
    private static readonly string[] Units = ["Seconds", "Bytes"];

    /// <summary>The name in words for people: whose value is shown with its unit, does without it in its name, and a question is its last words.</summary>
    public string Title
    {
        get
        {
            var name = Units.Aggregate(Name, (n, unit) => n.EndsWith(unit, StringComparison.Ordinal) ? n[..^unit.Length] : n);
            if (name.StartsWith("is", StringComparison.Ordinal) && name.Length > 2 && char.IsAsciiLetterUpper(name[2])) name = name[2..];
            return string.Concat(name.Select((c, i) => char.IsAsciiLetterUpper(c) ? (i == 0 ? "" : " ") + char.ToLowerInvariant(c) : c.ToString()));
        }
    }
}

/// <summary>A column or field: the property that it shows, and how.</summary>
/// <param name="Property">The property's name in JSON.</param>
/// <param name="Text">What is shown of a row.</param>
/// <param name="IsNumber">Whether it is aligned to the right.</param>
public sealed record Column<TRow>(string Property, Func<TRow, string> Text, bool IsNumber = false)
{
    /// <summary>Whether the text may be several lines; whatever is in it is made fit for a line already.</summary>
    public bool IsLines { get; init; }

    /// <summary>What is shown of <paramref name="row"/>, without characters that a terminal would obey, or that would be taken for the end of a line or cell.</summary>
    /// <remarks>A server of an earlier version says nothing of what came later.</remarks>
    internal string Show(TRow row) => IsLines ? Text(row) : OneLine.Of(Text(row) ?? Shown.Nothing);
}

/// <summary>How people are shown rows of one type.</summary>
public sealed class Rendering<TRow>
{
    private Rendering(Layout layout, IReadOnlyList<Column<TRow>> columns)
    {
        Layout = layout;
        Columns = columns;
    }

    /// <summary>The form.</summary>
    public Layout Layout { get; }

    /// <summary>The columns; for lines one, without a name.</summary>
    public IReadOnlyList<Column<TRow>> Columns { get; }

    /// <summary>A row of a table each.</summary>
    public static Rendering<TRow> Table(params Column<TRow>[] columns) => new(Layout.Table, columns);

    /// <summary>A record each.</summary>
    public static Rendering<TRow> Fields(params Column<TRow>[] fields) => new(Layout.Fields, fields);

    /// <summary>A line each.</summary>
    public static Rendering<TRow> Lines(Func<TRow, string> line) => new(Layout.Lines, [new("", line)]);
}
