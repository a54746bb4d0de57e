namespace Coffer.Server.Hosting;

/// <summary>Why the server does not start: lines for people, and the code that it ends with.</summary>
public sealed class StartupException : Exception
{
    public StartupException(ExitCode exitCode, string message, string? hint = null) : this(exitCode, [message], hint)
    {
    }

    public StartupException(ExitCode exitCode, IReadOnlyList<string> messages, string? hint = null) : base(messages[0])
    {
        ExitCode = exitCode;
        Messages = messages;
        Hint = hint;
    }

    /// <summary>What the process ends with.</summary>
    public ExitCode ExitCode { get; }

    /// <summary>One line an error.</summary>
    public IReadOnlyList<string> Messages { get; }

    /// <summary>What to do about it.</summary>
    public string? Hint { get; }
}
