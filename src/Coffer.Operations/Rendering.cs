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
public sealed record ColumnTitle(string Name, bool IsNumber);

/// <summary>A column or field: the property that it shows, and how.</summary>
/// <param name="Property">The property's name in JSON.</param>
/// <param name="Text">What is shown of a row.</param>
/// <param name="IsNumber">Whether it is aligned to the right.</param>
public sealed record Column<TRow>(string Property, Func<TRow, string> Text, bool IsNumber = false);

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
