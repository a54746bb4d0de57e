using System.Globalization;

namespace Coffer.Operations;

/// <summary>What an argument's text has to be.</summary>
public enum ArgumentKind
{
    /// <summary>Any text.</summary>
    Text,

    /// <summary>A whole number, 0 or more.</summary>
    Number,

    /// <summary>There or not there; over HTTP <c>true</c> or <c>false</c>.</summary>
    Flag,
}

/// <summary>An argument of an operation.</summary>
/// <param name="Name">Its name: a parameter over HTTP, an option of <c>coffer-ctl</c> unless it is positional.</param>
/// <param name="Kind">What its text has to be.</param>
/// <param name="Help">One line for people.</param>
public sealed record OperationArgument(string Name, ArgumentKind Kind, string Help)
{
    /// <summary>Whether the operation cannot do without.</summary>
    public bool IsRequired { get; init; }

    /// <summary>Whether <c>coffer-ctl</c> takes it by its place instead of by its name.</summary>
    public bool IsPositional { get; init; }

    /// <summary>Whether <c>coffer-ctl</c> fills it in itself and does not show it.</summary>
    public bool IsInternal { get; init; }

    /// <summary>What help shows in its place.</summary>
    public string ValueName { get; init; } = "";

    /// <summary>The words it may be; any where there is none here.</summary>
    public IReadOnlyList<string> Choices { get; init; } = [];

    /// <summary>Why <paramref name="text"/> is no value of it; null where it is one.</summary>
    public string? Complain(string text) => Kind switch
    {
        ArgumentKind.Number when !long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out _) => $"{Name}: '{text}' is no number, expected 0 or more",
        ArgumentKind.Flag when text is not ("true" or "false") => $"{Name}: '{text}' is neither true nor false",
        // As a variable that is not set leaves it in a script; an empty part of names to search for is in all of them.
        ArgumentKind.Text when IsPositional && string.IsNullOrWhiteSpace(text) => $"{Name}: is empty, expected {ValueName}",
        ArgumentKind.Text when Choices.Count > 0 && !Choices.Contains(text) => $"{Name}: '{text}' is none of {string.Join(", ", Choices)}",
        _ => null,
    };
}
