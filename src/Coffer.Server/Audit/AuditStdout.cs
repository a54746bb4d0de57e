using System.Runtime.InteropServices;

namespace Coffer.Server.Audit;

/// <summary>Lines to the process's stdout, whatever it is.</summary>
/// <remarks>
/// By <c>write</c> itself: .NET's console takes a closed pipe for a success, and its file streams write at positions of their own, over
/// what others write to the same file.
/// </remarks>
internal sealed partial class AuditStdout : IAuditSink
{
    private const int Stdout = 1;
    private const int EINTR = 4;
    private const int EAGAIN = 11;

    // Whoever shares the pipe may have made it non-blocking.
    private static readonly TimeSpan FullPipe = TimeSpan.FromMilliseconds(10);

    private bool _isTorn;

    public void Append(ReadOnlySpan<byte> lines, bool toDisk)
    {
        if (_isTorn) WriteAll("\n"u8);
        _isTorn = false;
        WriteAll(lines);
    }

    public void Reopen()
    {
    }

    public byte[] ReadLast(int bytes) => [];

    public void Dispose()
    {
    }

    private void WriteAll(ReadOnlySpan<byte> bytes)
    {
        for (var left = bytes; left.Length > 0;)
        {
            var written = Write(Stdout, left, left.Length);
            if (written >= 0)
            {
                left = left[(int)written..];
            }
            else if (Marshal.GetLastPInvokeError() is var error && error == EAGAIN)
            {
                Thread.Sleep(FullPipe);
            }
            else if (error != EINTR)
            {
                _isTorn |= left.Length < bytes.Length;
                throw new IOException($"stdout: {Marshal.GetPInvokeErrorMessage(error)}");
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint Write(int descriptor, ReadOnlySpan<byte> bytes, nint count);
}
