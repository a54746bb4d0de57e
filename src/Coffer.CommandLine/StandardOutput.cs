namespace Coffer.CommandLine;

/// <summary>Standard output cannot be written: its reader has gone, the disk is full, …</summary>
public sealed class StandardOutputException(int error) : IOException(FileFault.Describe(error))
{
    private const int BrokenPipe = 32;

    /// <summary>What to say of it.</summary>
    public Problem Problem => new($"standard output cannot be written ({Message})", "is there room where it goes, and does the reader still read?");

    /// <summary>As it is when nobody reads any more.</summary>
    public static StandardOutputException OfNoReader() => new(BrokenPipe);
}

/// <summary>Standard output, unbuffered, where every failure is told.</summary>
/// <remarks>Console's own stream drops what a reader that has gone does not take, and FileStream writes over what others add to the same file.</remarks>
public sealed class StandardOutput : Stream
{
    /// <inheritdoc/>
    public override bool CanRead => false;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Writes all of <paramref name="buffer"/>.</summary>
    /// <exception cref="StandardOutputException">It cannot be written.</exception>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (!Descriptor.TryWrite(Descriptor.Output, buffer, out var error)) throw new StandardOutputException(error);
    }

    /// <inheritdoc cref="Write(ReadOnlySpan{byte})"/>
    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    /// <summary>There is nothing to flush.</summary>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();
}
