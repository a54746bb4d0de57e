namespace Coffer.Server.Audit;

/// <summary>Where lines are appended. Used by one thread at a time.</summary>
internal interface IAuditSink : IDisposable
{
    /// <summary>Appends whole lines, to the disk itself where <paramref name="toDisk"/>.</summary>
    /// <exception cref="IOException">None of them counts as written.</exception>
    /// <exception cref="UnauthorizedAccessException">Likewise.</exception>
    void Append(ReadOnlySpan<byte> lines, bool toDisk);

    /// <summary>Lets go of what was opened by its name, and opens it again.</summary>
    void Reopen();

    /// <summary>What is at the end, at most <paramref name="bytes"/> of it, so that the first line may be cut; lines of an earlier run, too.</summary>
    byte[] ReadLast(int bytes);
}
