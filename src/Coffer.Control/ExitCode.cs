namespace Coffer.Control;

/// <summary>How coffer-ctl ends. Shown by <c>--help</c> and docs/operations.md. Interrupted from the keyboard it ends by that signal, which shells show as 130.</summary>
internal enum ExitCode
{
    /// <summary>What was asked for is done.</summary>
    Done = 0,

    /// <summary>The server refused it or failed, or the operator said no.</summary>
    Failed = 1,

    /// <summary>The command line is wrong.</summary>
    Usage = 2,

    /// <summary>No server runs there, or it does not answer.</summary>
    NoServer = 3,

    /// <summary>The socket is another user's.</summary>
    NotYours = 4,

    /// <summary>The answer was cut off, or cannot be read.</summary>
    Cut = 5,
}
