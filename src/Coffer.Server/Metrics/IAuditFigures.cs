namespace Coffer.Server.Metrics;

/// <summary>What the audit knows of itself, read at every scrape. Thread safe, and never waits.</summary>
public interface IAuditFigures
{
    /// <summary>How many lines wait to be written.</summary>
    int Waiting { get; }

    /// <summary>How many lines could not be written since the start.</summary>
    long Lost { get; }
}
