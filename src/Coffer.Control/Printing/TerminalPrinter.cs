using Coffer.Operations;
using Spectre.Console;
using Spectre.Console.Rendering;
using Layout = Coffer.Operations.Layout;

namespace Coffer.Control.Printing;

/// <summary>Tables for people.</summary>
internal sealed class TerminalPrinter(Operation operation) : Printer
{
    // A table is drawn when its widths are known: of more rows, each so many are a table of their own.
    private const int RowsPerTable = 1000;

    private readonly List<IReadOnlyList<string>> _rows = [];

    internal override void Row(ReadOnlyMemory<byte> row)
    {
        _rows.Add(operation.Show(row.Span));
        if (_rows.Count == RowsPerTable) Flush();
    }

    internal override void Flush()
    {
        if (_rows.Count == 0) return;
        AnsiConsole.Write(operation.Layout == Layout.Table ? DrawTable() : DrawFields());
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
}
