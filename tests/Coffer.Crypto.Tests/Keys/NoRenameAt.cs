using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Coffer.Crypto.Tests.Keys;

/// <summary>A system that does not know the flags of renameat2(2), as with NFS: its own thread has such a filter on what it asks of the system.</summary>
internal static partial class NoRenameAt
{
    // Linux. Source: prctl(2), seccomp(2), linux/bpf_common.h, asm/unistd.h.
    private const int SetNoNewPrivileges = 38;
    private const int SetFilter = 22;
    private const nint ByProgram = 2;
    private const uint LoadNumber = 0x20;
    private const uint JumpIfEqual = 0x15;
    private const uint Return = 0x06;
    private const uint InvalidArgument = 0x0005_0000 | 22;
    private const uint Allow = 0x7fff_0000;

    private static uint Number => RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 276u : 316u;

    /// <summary>Runs <paramref name="work"/> there, and returns what it has thrown.</summary>
    internal static Exception? Run(Action work)
    {
        Exception? thrown = null;
        var thread = new Thread(() => thrown = Record.Exception(() =>
        {
            Begin();
            work();
        }));
        thread.Start();
        thread.Join();
        return thrown;
    }

    private static unsafe void Begin()
    {
        var filter = stackalloc Step[] { new(LoadNumber, 0), new(JumpIfEqual, Number, otherwise: 1), new(Return, InvalidArgument), new(Return, Allow) };
        var program = new Program(4, (nint)filter);
        if (Control(SetNoNewPrivileges, 1, 0, 0, 0) != 0 || Control(SetFilter, ByProgram, (nint)(&program), 0, 0) != 0) throw new Win32Exception();
    }

    [LibraryImport("libc", EntryPoint = "prctl", SetLastError = true)]
    private static partial int Control(int option, nint first, nint second, nint third, nint fourth);

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct Step(uint code, uint operand, byte otherwise = 0)
    {
        private readonly ushort _code = (ushort)code;
        private readonly byte _ifSo = 0;
        private readonly byte _otherwise = otherwise;
        private readonly uint _operand = operand;
    }

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct Program(ushort length, nint steps)
    {
        private readonly ushort _length = length;
        private readonly nint _steps = steps;
    }
}
