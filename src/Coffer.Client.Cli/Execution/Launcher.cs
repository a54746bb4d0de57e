using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Coffer.Client.Cli.Variables;
using Coffer.CommandLine;

namespace Coffer.Client.Cli.Execution;

/// <summary>Turns this process into another program: same process id, arguments and environment byte for byte, no shell.</summary>
/// <remarks>
/// As execvp, but with the environment given, and without its fallback to a shell for a file that the system cannot execute.
/// Source: POSIX.1-2024, exec; glibc's for which errors let the search go on.
/// </remarks>
internal static unsafe class Launcher
{
    // Holds what argv points at until the process is another.
    private static readonly List<byte[]> Pinned = [];

    private static ReadOnlySpan<byte> DefaultPath => "/bin:/usr/bin"u8;

    /// <summary>Does not return where it succeeds.</summary>
    /// <param name="arguments">The program's name and its arguments, each ending in NUL; at least one.</param>
    /// <param name="environment">Addresses of <c>NAME=value</c>, each ending in NUL.</param>
    /// <param name="parent">This program's own environment, whose PATH is searched.</param>
    /// <returns>Why it failed.</returns>
    internal static (ExitCode Code, Problem Problem) Become(IReadOnlyList<byte[]> arguments, IReadOnlyList<nint> environment, IReadOnlyList<nint> parent)
    {
        var argv = Vector([.. arguments.Select(Pin)]);
        var envp = Vector(environment);
        var error = Libc.ENOENT;
        foreach (var candidate in Candidates(arguments[0], parent))
        {
            fixed (byte* path = candidate)
            fixed (nint* a = argv, e = envp)
            {
                Libc.ExecVe(path, (byte**)a, (byte**)e);
                var failed = Marshal.GetLastPInvokeError();
                // A file that may not be executed is remembered: another directory may still hold one that may.
                if (error is not Libc.EACCES || failed is not (Libc.ENOENT or Libc.ENOTDIR)) error = failed;
                if (failed is not (Libc.ENOENT or Libc.ENOTDIR or Libc.EACCES or Libc.ENAMETOOLONG or Libc.ELOOP)) break;
            }
        }
        return Describe(error, Words.Quoted(Encoding.UTF8.GetString(arguments[0]).TrimEnd('\0')), arguments[0].AsSpan().Contains((byte)'/'));
    }

    private static IEnumerable<byte[]> Candidates(byte[] program, IReadOnlyList<nint> parent)
    {
        if (program.Length == 1) yield break;
        if (program.AsSpan().Contains((byte)'/'))
        {
            yield return program;
            yield break;
        }
        foreach (var directory in SearchPath(parent))
            yield return directory.Length == 0 ? program : [.. directory, (byte)'/', .. program];
    }

    private static List<byte[]> SearchPath(IReadOnlyList<nint> parent)
    {
        var path = DefaultPath;
        foreach (var entry in parent)
        {
            if (ParentEnvironment.NameOf(entry) != "PATH") continue;
            path = ParentEnvironment.ValueOf(entry);
            break;
        }

        var directories = new List<byte[]>();
        foreach (var range in path.Split((byte)':')) directories.Add(path[range].ToArray());
        return directories;
    }

    private static (ExitCode, Problem) Describe(int error, string program, bool isPath) => error switch
    {
        Libc.ENOENT when isPath => (ExitCode.NotFound, new($"{program} is not there, or the interpreter that its first line names is not", "name a program that exists")),
        Libc.ENOENT or Libc.ENOTDIR or Libc.ENAMETOOLONG or Libc.ELOOP => (ExitCode.NotFound, new($"{program} is not found", isPath ? "name a program that exists" : "name a program that stands in a directory of PATH, or give its whole path")),
        Libc.EACCES => (ExitCode.CannotExecute, new($"{program} may not be executed", "is it a file, has it mode +x, and may this user reach it?")),
        Libc.ENOEXEC => (ExitCode.CannotExecute, new($"{program} is no program for this system", "a script needs a first line such as #!/bin/sh; coffer-client starts no shell by itself")),
        Libc.E2BIG => (ExitCode.CannotExecute, new($"{program} cannot be started: arguments and environment are too long together", "the system takes at most 128 KiB for one value and about 2 MiB in all; leave large secrets out with --except and fetch them with 'coffer-client get'")),
        _ => (ExitCode.CannotExecute, new($"{program} cannot be executed ({Marshal.GetPInvokeErrorMessage(error).ToLowerInvariant()})", null)),
    };

    private static nint[] Vector(IEnumerable<nint> addresses) => [.. addresses, 0];

    // Copies into memory that does not move.
    private static nint Pin(byte[] bytes)
    {
        var pinned = GC.AllocateUninitializedArray<byte>(bytes.Length, pinned: true);
        bytes.CopyTo(pinned, 0);
        Pinned.Add(pinned);
        return (nint)Unsafe.AsPointer(ref pinned[0]);
    }
}
