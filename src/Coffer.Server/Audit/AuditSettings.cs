namespace Coffer.Server.Audit;

/// <summary>Where the trail goes.</summary>
public abstract record AuditTarget
{
    private AuditTarget()
    {
    }

    /// <summary>Nowhere.</summary>
    public sealed record Off : AuditTarget;

    /// <summary>To the process's stdout.</summary>
    public sealed record Stdout : AuditTarget;

    /// <summary>To a file, which is rotated.</summary>
    public sealed record File(string Path) : AuditTarget;
}

/// <summary>How the trail is kept. Configuration: <c>coffer.audit</c>.</summary>
public sealed record AuditSettings
{
    /// <summary>Before the file grows beyond this it is rotated; 0 for never. Bytes.</summary>
    public long MaxSize { get; init; } = 100 * 1024 * 1024;

    /// <summary>How many rotated files stay.</summary>
    public int Keep { get; init; } = 10;

    /// <summary>How many events may wait to be written; a fetch beyond them waits for its turn.</summary>
    public int Queue { get; init; } = 8_192;

    /// <summary>How long a line may wait for its turn before it is lost. Configuration: <c>coffer.limits.audit</c>.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(2);
}
