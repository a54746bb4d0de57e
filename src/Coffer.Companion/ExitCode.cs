namespace Coffer.Companion;

/// <summary>How coffer-companion ends.</summary>
internal enum ExitCode
{
    /// <summary>What was asked for is done; <c>check</c> found nothing wrong, <c>diff</c> no difference.</summary>
    Done = 0,

    /// <summary><c>check</c> and <c>seal</c>: the definition is refused. <c>diff</c>: the definitions differ.</summary>
    Found = 1,

    /// <summary>It could not be done: wrong arguments, a file that cannot be read or written, a key that does not fit.</summary>
    Failed = 2,
}
