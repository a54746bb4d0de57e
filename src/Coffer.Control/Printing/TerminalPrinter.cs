using System.Text;
using Coffer.CommandLine;
using Coffer.Operations;
using Spectre.Console;
using Spectre.Console.Rendering;
using Layout = Coffer.Operations.Layout;

namespace Coffer.Control.Printing;

/// <summary>Tables for people.</summary>
/// <remarks>Spectre lays them out. It does not write them: its own console asks Console for the terminal, which then is sent <c>ESC [ ? 1 h</c> and never set back.</remarks>
internal sealed class TerminalPrinter(Operation operation, Stream output) : Printer
{
    // A table is drawn when its widths are known: of more rows, each so many are a table of their own.
    private const int RowsPerTable = 1000;

    // More than any row takes. What is wider than the terminal is for that to fold, which keeps keys and times whole for whoever copies them.
    private const int Width = 100_000;

    private readonly List<IReadOnlyList<string>> _rows = [];

    internal override void Row(ReadOnlyMemory<byte> row)
    {
        _rows.Add(operation.Show(row.Span));
        if (_rows.Count == RowsPerTable) Flush();
    }

    internal override void Flush()
    {
        if (_rows.Count == 0) return;
        IRenderable drawn = operation.Layout == Layout.Table ? DrawTable() : DrawFields();
        var capabilities = new Plain();
        var text = new StringBuilder();
        foreach (var segment in drawn.Render(new RenderOptions(capabilities, new Size(Width, _rows.Count)), Width))
            text.Append(capabilities.Ansi && segment.Style.Decoration.HasFlag(Decoration.Bold) ? $"\e[1m{segment.Text}\e[0m" : segment.Text);
        output.Write(Encoding.UTF8.GetBytes(text.ToString()));
        _rows.Clear();
    }

    private Table DrawTable()
    {
        var table = new Table { Border = TableBorder.Simple };
        foreach (var column in operation.Columns)
            table.AddColumn(new TableColumn(new Text(column.Title, Style.Parse("bold"))) { Alignment = column.IsNumber ? Justify.Right : Justify.Left });
        foreach (var row in _rows) table.AddRow(row.Select(IRenderable (cell) => new Text(cell)));
        return table;
    }

    private Grid DrawFields()
    {
        var grid = new Grid().AddColumn(new GridColumn { NoWrap = true, Padding = new Padding(0, 0, 3, 0) }).AddColumn();
        foreach (var row in _rows)
            for (var i = 0; i < row.Count; i++)
                grid.AddRow(new Text(operation.Columns[i].Title, Style.Parse("bold")), new Text(row[i]));
        return grid;
    }

    /// <summary>A terminal of which nothing is wanted but text, and bold where it knows that.</summary>
    private sealed class Plain : IReadOnlyCapabilities
    {
        public ColorSystem ColorSystem => ColorSystem.NoColors;

        public bool Ansi { get; } = Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb");

        public bool Links => false;

        public bool AlternateBuffer => false;

        public bool Legacy => false;

        public bool Interactive => false;

        public bool Unicode => true;
    }
}
