using System.Runtime.InteropServices;

namespace Coffer.Shared;

/// <summary>Files that are written beside their names, and get these once all of them are whole and on the disk.</summary>
/// <remarks>Whatever ends the program before that, a signal included, leaves nothing behind; SIGKILL and a crash of the machine may leave drafts, called <c>.coffer-</c> and eight digits.</remarks>
internal sealed partial class Drafts : IDisposable
{
    // Linux, on every architecture. Source: rename(2), errno(3).
    private const int CurrentDirectory = -100;
    private const uint NoReplace = 1;
    private const int InvalidArgument = 22;

    private static readonly PosixSignal[] Endings = [PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP, PosixSignal.SIGQUIT];

    // It keeps a signal from falling between two steps.
    private readonly Lock _gate = new();
    private readonly List<Draft> _drafts = [];
    private readonly PosixSignalRegistration[] _signals;

    internal Drafts() => _signals = [.. Endings.Select(signal => PosixSignalRegistration.Create(signal, _ => End()))];

    /// <summary>Begins one that is to be called <paramref name="name"/>, of this mode from the first moment, and returns what its content is written to. That has no buffer, which would have to be wiped.</summary>
    /// <exception cref="IOException">It cannot be made there.</exception>
    internal Stream Add(string name, UnixFileMode mode)
    {
        var whole = Path.GetFullPath(name);
        var path = Path.Combine(Path.GetDirectoryName(whole)!, $".coffer-{Random.Shared.Next():x8}");
        lock (_gate)
        {
            var content = new FileStream(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = mode, BufferSize = 0 });
            _drafts.Add(new(content, whole) { Path = path });
            return content;
        }
    }

    /// <summary>Gives all of them their names, or none where one of these is taken.</summary>
    /// <exception cref="IOException">A name is taken, or a file cannot be written.</exception>
    internal void Keep()
    {
        Force();
        lock (_gate)
        {
            foreach (var draft in _drafts)
            {
                Rename(draft.Path, draft.Name);
                draft.Path = draft.Name;
            }
            _drafts.Clear();
        }
    }

    /// <summary>Gives all of them their names; what has these is lost.</summary>
    /// <exception cref="IOException">A file cannot be written.</exception>
    internal void Replace()
    {
        Force();
        lock (_gate)
        {
            foreach (var draft in _drafts) File.Move(draft.Path, draft.Name, overwrite: true);
            _drafts.Clear();
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            foreach (var draft in _drafts) draft.Content.Dispose();
            Delete();
        }
        foreach (var signal in _signals) signal.Dispose();
    }

    private void Force()
    {
        foreach (var draft in _drafts)
        {
            using (draft.Content) draft.Content.Flush(flushToDisk: true);
        }
    }

    // The signal ends the program once this is done. Nothing may be begun until then, so the gate stays closed; what is being written may go on being so.
    private void End()
    {
        _gate.Enter();
        Delete();
    }

    private void Delete()
    {
        foreach (var draft in _drafts) File.Delete(draft.Path);
    }

    // File.Move looks whether the name is free, and then renames: what comes between is lost. NFS cannot rename like this, and has links; FAT has none, and can.
    private static void Rename(string from, string to)
    {
        if (RenameAt(CurrentDirectory, from, CurrentDirectory, to, NoReplace) == 0) return;
        var error = Marshal.GetLastPInvokeError();
        if (error == InvalidArgument && Link(from, to) == 0)
        {
            File.Delete(from);
            return;
        }
        if (error == InvalidArgument) error = Marshal.GetLastPInvokeError();
        throw new IOException(Marshal.GetPInvokeErrorMessage(error), error);
    }

    [LibraryImport("libc", EntryPoint = "renameat2", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int RenameAt(int fromDirectory, string from, int toDirectory, string to, uint flags);

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Link(string from, string to);

    /// <param name="Content">What it is written by.</param>
    /// <param name="Name">What it is to be called.</param>
    private sealed record Draft(FileStream Content, string Name)
    {
        /// <summary>What it is called now.</summary>
        internal required string Path { get; set; }
    }
}
