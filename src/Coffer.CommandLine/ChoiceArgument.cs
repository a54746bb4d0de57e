using System.CommandLine;

namespace Coffer.CommandLine;

/// <summary>An argument that is one of some words, and is completed with them.</summary>
/// <param name="name">What it is called in the help.</param>
/// <param name="choices">What it may be, by which its maker refuses anything else; nothing where any word will do.</param>
public sealed class ChoiceArgument(string name, IReadOnlyList<string> choices) : Argument<string>(name)
{
    /// <summary>What it may be.</summary>
    public IReadOnlyList<string> Choices { get; } = choices;
}
