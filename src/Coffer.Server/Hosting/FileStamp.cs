namespace Coffer.Server.Hosting;

/// <summary>What tells one content of a file from the next, links followed.</summary>
public sealed record FileStamp(long Size, DateTime Written)
{
    /// <summary>The stamp of the file at <paramref name="path"/>; null while there is none, as between two of them.</summary>
    public static FileStamp? Of(string path)
    {
        try
        {
            var file = new FileInfo(File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path);
            return file.Exists ? new FileStamp(file.Length, file.LastWriteTimeUtc) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
