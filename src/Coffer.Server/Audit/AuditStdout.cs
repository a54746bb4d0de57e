using Coffer.CommandLine;

namespace Coffer.Server.Audit;

/// <summary>Lines to the process's stdout, whatever it is.</summary>
/// <remarks>
/// By <c>write</c> itself: .NET's console takes a closed pipe for a success, and its file streams write at positions of their own, over
/// what others write to the same file.
/// </remarks>
internal sealed class AuditStdout : IAuditSink
{
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
        var written = Descriptor.Write(Descriptor.Output, bytes, out var error);
        if (written == bytes.Length) return;
        _isTorn |= written > 0;
        throw new IOException($"stdout: {FileFault.Describe(error)}");
    }
}
