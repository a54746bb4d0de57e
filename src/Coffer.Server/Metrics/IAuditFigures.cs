namespace Coffer.Server.Metrics;

/// <summary>What the audit knows of itself, read at every scrape. Thread safe, and never waits.</summary>
public interface IAuditFigures
{
    /// <summary>How long the oldest line that is not written yet has been waiting; zero where none is.</summary>
    TimeSpan Lag { get; }

    /// <summary>Lines that could not be written and never will be, since the start.</summary>
    long LostLines { get; }
}
