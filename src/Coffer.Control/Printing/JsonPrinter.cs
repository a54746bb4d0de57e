using System.Text;
using Coffer.Shared;

namespace Coffer.Control.Printing;

/// <summary>The rows as they came, one JSON object a line, but for characters that a terminal would obey.</summary>
internal sealed class JsonPrinter(Stream output) : Printer
{
    private readonly BufferedStream _output = new(output);

    internal override void Row(ReadOnlyMemory<byte> row)
    {
        // Beyond ASCII stand but parts of strings, where an escape means the same; in ASCII the server has escaped what JSON demands.
        _output.Write(Ascii.IsValid(row.Span) ? row.Span : Encoding.UTF8.GetBytes(OneLine.Of(Encoding.UTF8.GetString(row.Span))));
        _output.WriteByte((byte)'\n');
    }

    internal override void Flush() => _output.Flush();
}
