namespace Coffer.Definitions;

/// <summary>One thing that is wrong with a definition: where it stands, what it is, what was expected instead, and what can be done.</summary>
/// <remarks>
/// Lines and columns count from 1, columns in characters (Unicode code points). Names of clients and keys are shown, quoted and with control
/// characters escaped; a value never is, because it may be a secret.
/// </remarks>
/// <param name="File">The name the file was given by.</param>
/// <param name="Line">The line, from 1.</param>
/// <param name="Column">The column, from 1.</param>
/// <param name="What">What is wrong and what was expected.</param>
/// <param name="Hint">What the writer can do.</param>
public sealed record Complaint(string File, int Line, int Column, string What, string Hint)
{
    /// <summary><c>file:line:column: what</c>; the hint is apart.</summary>
    public override string ToString() => $"{File}:{Line}:{Column}: {What}";
}
