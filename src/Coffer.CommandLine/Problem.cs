namespace Coffer.CommandLine;

/// <summary>What went wrong and what to do about it, each a line for people. Neither ever holds a secret's value.</summary>
public sealed record Problem(string Message, string? Hint = null);
