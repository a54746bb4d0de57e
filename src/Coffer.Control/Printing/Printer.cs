using System.Text.Json;
using Coffer.Operations;

namespace Coffer.Control.Printing;

/// <summary>Shows the rows of an answer.</summary>
internal abstract class Printer
{
    /// <summary>As the operator asked for: JSON, a terminal's tables, or plain text.</summary>
    internal static Printer For(Operation operation, bool asJson, Stream output)
    {
        if (asJson) return new JsonPrinter(output);
        return Console.IsOutputRedirected || operation.Layout == Layout.Lines ? new PlainPrinter(operation, output) : new TerminalPrinter(operation, output);
    }

    /// <summary>Takes a row, one JSON object.</summary>
    /// <exception cref="JsonException">It is no row of the operation.</exception>
    internal abstract void Row(ReadOnlyMemory<byte> row);

    /// <summary>Shows what was taken so far: no more may come for a while.</summary>
    internal abstract void Flush();
}
