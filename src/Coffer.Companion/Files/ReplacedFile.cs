using System.Runtime.InteropServices;
using Coffer.CommandLine;
using Coffer.Definitions.Sealed;

namespace Coffer.Companion.Files;

/// <summary>A sealed definition that is written: the file of its name is the old one until it is the new one, whole, on the disk, and readable by its owner alone.</summary>
/// <remarks>
/// It is written beside its name, forced to disk and renamed. Whatever ends the program before that, a signal included, leaves nothing behind; SIGKILL and a crash of the
/// machine may leave the file beside it, called <c>.coffer-</c> and eight digits.
/// </remarks>
internal static class ReplacedFile
{
    private static readonly PosixSignal[] Endings = [PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP, PosixSignal.SIGQUIT];

    /// <summary>Writes it by <paramref name="write"/>; returns what went wrong, or null.</summary>
    internal static Problem? Write(string path, Action<Stream> write)
    {
        try
        {
            var target = Target(path);
            if (Obstacle(path, target) is { } obstacle) return obstacle;

            using var draft = new Draft(Path.Combine(Path.GetDirectoryName(target)!, $".coffer-{Random.Shared.Next():x8}"));
            using (var file = draft.Create())
            {
                write(file);
                file.Flush(flushToDisk: true);
            }
            draft.Rename(target);
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
        if (path == "-") return new("-: standard output, expected a file", "a sealed definition is written whole or not at all, which takes a file");
        if (Directory.Exists(target)) return new($"{path}: a directory, expected the name of a file", "name the file to write in it");
        if (!File.Exists(target)) return null;
        if (FileStatus.Of(target) is not { IsRegular: true }) return new($"{path}: a pipe or a device, expected a file", "a sealed definition is written whole or not at all, which takes a file");

        using var there = new FileStream(target, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        Span<byte> start = stackalloc byte[SealedDefinition.Magic.Length];
        var length = there.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        return length == 0 || SealedDefinition.Begins(start[..length]) ? null : new(
            $"{path}: is there already and is no sealed definition, and nothing else is overwritten", "choose another name, or move the old file away first");
    }

    /// <summary>The file while it is written. The lock keeps a signal from falling between its steps.</summary>
    private sealed class Draft : IDisposable
    {
        private readonly string _path;
        private readonly Lock _gate = new();
        private readonly PosixSignalRegistration[] _signals;
        private bool _isThere;

        internal Draft(string path)
        {
            _path = path;
            _signals = [.. Endings.Select(signal => PosixSignalRegistration.Create(signal, _ => End()))];
        }

        internal FileStream Create()
        {
            lock (_gate)
            {
                var file = new FileStream(_path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite });
                _isThere = true;
                return file;
            }
        }

        internal void Rename(string target)
        {
            lock (_gate)
            {
                File.Move(_path, target, overwrite: true);
                _isThere = false;
            }
        }

        public void Dispose()
        {
            lock (_gate) Delete();
            foreach (var signal in _signals) signal.Dispose();
        }

        // The signal ends the program once this is done. Nothing may be begun until then, so the gate stays closed.
        private void End()
        {
            _gate.Enter();
            Delete();
        }

        private void Delete()
        {
            if (_isThere) File.Delete(_path);
            _isThere = false;
        }
    }
}
