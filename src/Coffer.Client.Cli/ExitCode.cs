namespace Coffer.Client.Cli;

/// <summary>How coffer-client ends when it does not become the program it was told to start. The numbers are those of env(1).</summary>
internal enum ExitCode
{
    /// <summary>What was asked for is done.</summary>
    Done = 0,

    /// <summary>coffer-client itself failed: its arguments, the fetch, or what the coffer holds.</summary>
    OwnFailure = 125,

    /// <summary>The program is there but cannot be executed.</summary>
    CannotExecute = 126,

    /// <summary>The program is not found.</summary>
    NotFound = 127,
}
