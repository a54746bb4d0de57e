using System.Runtime.InteropServices;

namespace Coffer.CommandLine;

/// <summary>Standard input, output and error that whoever started the program has closed: what it opens next would get their numbers, and be read and written in their place.</summary>
public static unsafe partial class ClosedDescriptors
{
    // Linux, on the architectures that .NET is for. Source: fcntl(2), open(2).
    private const int GetFlags = 1;
    private const int CloseOnExec = 1;
    private const int ReadOnly = 0;
    private const int WriteOnly = 1;
    private const int OpenCloseOnExec = 0x80000;

    private static readonly int[] Standard = [Descriptor.Input, Descriptor.Output, Descriptor.Error];

    /// <summary>Has their numbers taken by what cannot be read or written, so that they go on to fail as closed ones do. Before anything else in a program.</summary>
    /// <remarks>
    /// Some numbers .NET may have taken before the program's first line, for pipes of its own. Those are closed on exec, as nothing can be that was
    /// handed over through one; then the program starts itself once more, with all three taken.
    /// </remarks>
    public static void Occupy()
    {
        // Each gets the lowest number that is free, which is its own.
        foreach (var descriptor in Standard)
            if (Control(descriptor, GetFlags) < 0) _ = Open("/dev/null", Opposite(descriptor));
        var taken = Array.FindAll(Standard, descriptor => (Control(descriptor, GetFlags) & CloseOnExec) != 0);
        if (taken.Length > 0) StartAgain(taken);
    }

    private static int Opposite(int descriptor) => descriptor == Descriptor.Input ? WriteOnly : ReadOnly;

    private static void StartAgain(int[] taken)
    {
        byte[] line;
        try
        {
            line = File.ReadAllBytes("/proc/self/cmdline");
        }
        // It need not be mounted: then all stays as it is.
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return;
        }
        // Where that fails, the next start would find the same.
        if (!Array.TrueForAll(taken, descriptor => Duplicate(Open("/dev/null", Opposite(descriptor) | OpenCloseOnExec), descriptor) >= 0)) return;
        fixed (byte* first = line)
        {
            // Each argument ends in NUL.
            var arguments = new List<nint>();
            for (var at = 0; at < line.Length; at += line.AsSpan(at).IndexOf((byte)0) + 1) arguments.Add((nint)(first + at));
            fixed (nint* vector = (nint[])[.. arguments, 0]) _ = Execute("/proc/self/exe", vector);
        }
    }

    [LibraryImport("libc", EntryPoint = "fcntl")]
    private static partial int Control(int descriptor, int command);

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "dup2")]
    private static partial int Duplicate(int from, int to);

    [LibraryImport("libc", EntryPoint = "execv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Execute(string path, nint* arguments);
}
