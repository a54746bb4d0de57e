using Coffer.CommandLine;
using Coffer.Definitions.Sealed;
using Coffer.Shared;

namespace Coffer.Companion.Files;

/// <summary>A sealed definition that is written: the file of its name is the old one until it is the new one, whole, on the disk, and readable by its owner alone.</summary>
internal static class ReplacedFile
{
    /// <summary>Writes it by <paramref name="write"/>; returns what went wrong, or null.</summary>
    internal static Problem? Write(string path, Action<Stream> write)
    {
        try
        {
            var target = Target(path);
            if (Obstacle(path, target) is { } obstacle) return obstacle;

            using var drafts = new Drafts();
            write(drafts.Add(target, UnixFileMode.UserRead | UnixFileMode.UserWrite));
            drafts.Replace();
            return null;
        }
        catch (Exception e) when (FileFault.Is(e))
        {
            return new($"{path}: cannot be written ({FileFault.Describe(e)})", "the directory must exist and be writable, and have room");
        }
    }

    // A link stays one: what it leads to is replaced.
    private static string Target(string path)
    {
        var named = new FileInfo(path);
        return (named.LinkTarget is null ? named : named.ResolveLinkTarget(returnFinalTarget: true)!).FullName;
    }

    /// <summary>What must not be replaced: the plain definition or a key, named by mistake, would be lost.</summary>
    private static Problem? Obstacle(string path, string target)
    {
        if (path == Input.Standard) return new("-: standard output, expected a file", "a sealed definition is written whole or not at all, which takes a file");
        if (Directory.Exists(target)) return new($"{path}: a directory, expected the name of a file", "name the file to write in it");
        if (!File.Exists(target)) return null;
        if (FileStatus.Of(target) is not { IsRegular: true }) return new($"{path}: a pipe or a device, expected a file", "a sealed definition is written whole or not at all, which takes a file");

        using var there = new FileStream(target, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        Span<byte> start = stackalloc byte[SealedDefinition.Magic.Length];
        var length = there.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        return length == 0 || SealedDefinition.Begins(start[..length]) ? null : new(
            $"{path}: is there already and is no sealed definition, and nothing else is overwritten", "choose another name, or move the old file away first");
    }
}
