using Coffer.CommandLine;

namespace Coffer.Server.Hosting;

/// <summary>What tells one content of a file from the next, links followed.</summary>
/// <remarks>
/// Size and time of writing alone do not: packages are often all of one time, and a copy may keep that of its original. Which file it is tells where a link is switched or another
/// file takes its place, and the time of change, which nobody but the system sets, where it is written in place. Where the system says no more, size and time of writing must do.
/// </remarks>
public sealed record FileStamp(ulong Device, ulong Inode, long Size, long Written, long Changed)
{
    /// <summary>The stamp of the file at <paramref name="path"/>; null while there is none, as between two of them.</summary>
    public static FileStamp? Of(string path)
    {
        if (FileStatus.Of(path) is { } status) return status.IsDirectory ? null : new FileStamp(status.Device, status.Inode, status.Size, status.Written, status.Changed);
        try
        {
            var file = new FileInfo(File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path);
            return file.Exists ? new FileStamp(0, 0, file.Length, file.LastWriteTimeUtc.Ticks, 0) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
