using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Coffer.Operations;

/// <summary>What an operation does to the node, which decides how HTTP asks for it.</summary>
public enum OperationKind
{
    /// <summary>It only looks: GET.</summary>
    Query,

    /// <summary>It changes something, and is written to the audit: POST.</summary>
    Command,

    /// <summary>It looks where no argument is given, GET; it changes something where one is, POST.</summary>
    Setting,
}

/// <summary>One thing that an operator asks of a node, defined once: the server's endpoints, coffer-ctl's commands, help, completion and docs/operations.md come from here.</summary>
/// <remarks>An answer is rows of one type: JSON objects, one a line, and a last line that is an <see cref="AnswerEnd"/>.</remarks>
public abstract class Operation
{
    /// <summary>What a file that is sent may take, in bytes: 1 GiB.</summary>
    public const long MaxFileSize = 1L << 30;

    /// <summary>What is said of one that is larger.</summary>
    public const string FileTooLarge = "the file is over 1 GiB";

    private protected Operation(string palette, string verb, string summary)
    {
        Palette = palette;
        Verb = verb;
        Summary = summary;
    }

    /// <summary>The family it belongs to.</summary>
    public string Palette { get; }

    /// <summary>Its name in the family: one word, or two for what is looked at in two places.</summary>
    public string Verb { get; }

    /// <summary>What it does, one line in lower case.</summary>
    public string Summary { get; }

    /// <summary>What it does to the node.</summary>
    public OperationKind Kind { get; init; }

    /// <summary>Its arguments; the positional ones in their order.</summary>
    public IReadOnlyList<OperationArgument> Arguments { get; init; } = [];

    /// <summary>Whether it takes the bytes of a file, as the body of the request. It can do without.</summary>
    public bool TakesFile { get; init; }

    /// <summary>Whether the answer goes on until the asker leaves or the node stops.</summary>
    public bool Follows { get; init; }

    /// <summary>What is said to people where the answer has no row.</summary>
    public string WhenEmpty { get; init; } = "nothing to show";

    /// <summary>Arguments to show as examples of <c>coffer-ctl PALETTE VERB</c>; at least one.</summary>
    public IReadOnlyList<string> Examples { get; init; } = [""];

    /// <summary>Its two names, as in <c>coffer status</c>.</summary>
    public string Name => $"{Palette} {Verb}";

    /// <summary>Where HTTP finds it.</summary>
    public string Path => $"/v1/{Palette}/{Verb.Replace(' ', '/')}";

    /// <summary>How people are shown its rows.</summary>
    public abstract Layout Layout { get; }

    /// <summary>The columns of a table, or the fields of a record; none for lines.</summary>
    public abstract IReadOnlyList<ColumnTitle> Columns { get; }

    /// <summary>The names of the row's properties, as they are in JSON.</summary>
    public abstract IReadOnlyList<string> Properties { get; }

    /// <summary>What people are shown of a row: a text a column, or one for a line, without characters that a terminal would obey. A field's text may be several lines.</summary>
    /// <param name="row">The row as it came, one JSON object.</param>
    /// <exception cref="JsonException">It is no row of this operation.</exception>
    public abstract IReadOnlyList<string> Show(ReadOnlySpan<byte> row);

    /// <summary>Whether a call with <paramref name="arguments"/> arguments changes something.</summary>
    public bool IsCommand(int arguments) => Kind == OperationKind.Command || (Kind == OperationKind.Setting && arguments > 0);

    /// <inheritdoc/>
    public override string ToString() => Name;
}

/// <summary>An operation that answers with rows of <typeparamref name="TRow"/>.</summary>
public sealed class Operation<TRow>(string palette, string verb, string summary, JsonTypeInfo<TRow> json, Rendering<TRow> rendering) : Operation(palette, verb, summary)
{
    /// <summary>How a row is JSON.</summary>
    public JsonTypeInfo<TRow> Json { get; } = json;

    /// <summary>How people are shown a row.</summary>
    public Rendering<TRow> Rendering { get; } = rendering;

    /// <inheritdoc/>
    public override Layout Layout => Rendering.Layout;

    /// <inheritdoc/>
    public override IReadOnlyList<ColumnTitle> Columns { get; } = [.. rendering.Columns.Select(c => new ColumnTitle(c.Property, c.IsNumber))];

    /// <inheritdoc/>
    public override IReadOnlyList<string> Properties => [.. Json.Properties.Select(p => p.Name)];

    /// <inheritdoc/>
    public override IReadOnlyList<string> Show(ReadOnlySpan<byte> row)
    {
        var read = JsonSerializer.Deserialize(row, Json) ?? throw new JsonException("a row is null");
        return [.. Rendering.Columns.Select(c => c.Show(read))];
    }
}
