namespace Coffer.Control.Printing;

/// <summary>The rows as they came, one JSON object a line.</summary>
internal sealed class JsonPrinter(Stream output) : Printer
{
    private readonly BufferedStream _output = new(output);

    internal override void Row(ReadOnlyMemory<byte> row)
    {
        _output.Write(row.Span);
        _output.WriteByte((byte)'\n');
    }

    internal override void Flush() => _output.Flush();
}
