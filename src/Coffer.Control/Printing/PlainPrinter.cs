using System.Text;
using Coffer.Operations;

namespace Coffer.Control.Printing;

/// <summary>Text for other programs: a table's cells, or a field's name and value, are parted by a tab; the first line of a table names the columns.</summary>
internal sealed class PlainPrinter(Operation operation, Stream output) : Printer
{
    private readonly StringBuilder _text = new();
    private bool _isBegun;

    internal override void Row(ReadOnlyMemory<byte> row)
    {
        var cells = operation.Show(row.Span);
        switch (operation.Layout)
        {
            case Layout.Table:
                if (!_isBegun) Line(string.Join('\t', operation.Columns.Select(column => column.Name)));
                Line(string.Join('\t', cells));
                break;
            case Layout.Fields:
                for (var i = 0; i < cells.Count; i++)
                    foreach (var line in cells[i].Split('\n'))
                        Line($"{operation.Columns[i].Name}\t{line}");
                break;
            default:
                Line(cells[0]);
                break;
        }
        _isBegun = true;
    }

    internal override void Flush()
    {
        output.Write(Encoding.UTF8.GetBytes(_text.ToString()));
        _text.Clear();
    }

    private void Line(string text)
    {
        _text.Append(text).Append('\n');
        if (_text.Length > 32 * 1024) Flush();
    }
}
