namespace Coffer.Operations;

/// <summary>Why an operation was not done.</summary>
public enum OperationFault
{
    /// <summary>It was looked at and turned down: not trusted, not valid, not now. HTTP 409.</summary>
    Refused,

    /// <summary>It was not asked rightly. HTTP 400.</summary>
    Usage,

    /// <summary>There is no such client, revision, member or operation. HTTP 404.</summary>
    NotFound,

    /// <summary>Another one is under way; later it may be done. HTTP 409.</summary>
    Busy,

    /// <summary>The store could not be read or written. HTTP 500.</summary>
    Store,

    /// <summary>A fault of the server. HTTP 500.</summary>
    Internal,

    /// <summary>Who asked left before the end. What was begun may go on, so it is not refused; log and audit alone hear of it.</summary>
    Left,
}

/// <summary>An operation was not done, or not to its end.</summary>
/// <param name="fault">The cause.</param>
/// <param name="errors">Lines for people, at least one; no secret is in them.</param>
/// <param name="hint">What to do about it, or null.</param>
public sealed class OperationException(OperationFault fault, IReadOnlyList<string> errors, string? hint = null) : Exception(errors[0])
{
    /// <summary>With one line.</summary>
    public OperationException(OperationFault fault, string error, string? hint = null) : this(fault, [error], hint)
    {
    }

    /// <summary>The cause.</summary>
    public OperationFault Fault { get; } = fault;

    /// <summary>Lines for people.</summary>
    public IReadOnlyList<string> Errors { get; } = errors;

    /// <summary>What to do about it.</summary>
    public string? Hint { get; } = hint;
}
