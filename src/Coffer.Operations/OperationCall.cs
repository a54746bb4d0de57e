using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Coffer.Operations;

/// <summary>An operation with the arguments it is asked with, all of them checked against its definition.</summary>
public sealed class OperationCall
{
    private readonly IReadOnlyDictionary<string, string> _values;
    private readonly Queue<string> _notes = [];

    private OperationCall(Operation operation, IReadOnlyDictionary<string, string> values)
    {
        Operation = operation;
        _values = values;
    }

    /// <summary>What is asked.</summary>
    public Operation Operation { get; }

    /// <summary>Who asks, as far as the socket tells: <c>uid 1000</c>.</summary>
    public string By { get; init; } = "unknown";

    /// <summary>The file's bytes, or null where none was sent. Its reader does not close it.</summary>
    public Stream? File { get; init; }

    /// <summary>Whether it changes something.</summary>
    public bool IsCommand => Operation.IsCommand(_values.Count);

    /// <summary>Takes the arguments; says everything that is wrong with them at once.</summary>
    public static bool TryMake(
        Operation operation, IReadOnlyList<KeyValuePair<string, string>> given, Stream? file, string by,
        [NotNullWhen(true)] out OperationCall? call, [NotNullWhen(false)] out OperationException? refusal)
    {
        var errors = new List<string>();
        var values = new Dictionary<string, string>();
        foreach (var (name, text) in given)
        {
            var argument = operation.Arguments.FirstOrDefault(a => a.Name == name);
            if (argument is null) errors.Add($"{name}: no argument of '{operation}'{Expected(operation)}");
            else if (argument.Complain(text) is { } complaint) errors.Add(complaint);
            else if (!values.TryAdd(name, text)) errors.Add($"{name}: given more than once");
        }
        errors.AddRange(operation.Arguments.Where(a => a.IsRequired && !given.Any(g => g.Key == a.Name)).Select(a => $"{a.Name}: missing: {a.Help}"));
        if (file is not null && !operation.TakesFile) errors.Add($"'{operation}' takes no file");

        call = errors.Count == 0 ? new OperationCall(operation, values) { File = file, By = by } : null;
        refusal = errors.Count == 0 ? null : new OperationException(OperationFault.Usage, errors, $"'coffer-ctl {operation} --help' shows what it takes");
        return errors.Count == 0;
    }

    /// <summary>The arguments that were given, by name.</summary>
    public IReadOnlyDictionary<string, string> Arguments => _values;

    /// <summary>The argument's text; null where it was not given.</summary>
    public string? Text(OperationArgument argument) => _values.GetValueOrDefault(argument.Name);

    /// <summary>The text of an argument that the operation requires.</summary>
    public string Required(OperationArgument argument) => _values[argument.Name];

    /// <summary>The argument's number; null where it was not given.</summary>
    public long? Number(OperationArgument argument) => _values.TryGetValue(argument.Name, out var text) ? long.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture) : null;

    /// <summary>Whether the flag was given.</summary>
    public bool Flag(OperationArgument argument) => _values.GetValueOrDefault(argument.Name) == "true";

    /// <summary>Tells who asks what is good to know of the next row, ahead of it.</summary>
    public void Note(string note) => _notes.Enqueue(note);

    /// <summary>Takes what the next row is to be preceded by.</summary>
    public bool TryTakeNote([NotNullWhen(true)] out string? note) => _notes.TryDequeue(out note);

    /// <summary>The call on a line, as <c>coffer-ctl</c> would take it: for log and audit.</summary>
    public override string ToString() => string.Join(' ', _values.Select(v => $"{v.Key}={v.Value}").Prepend(Operation.Name));

    private static string Expected(Operation operation) => operation.Arguments.Count == 0 ? ", which takes none" : $", expected {string.Join(", ", operation.Arguments.Select(a => a.Name))}";
}
