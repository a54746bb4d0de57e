namespace Coffer.CommandLine;

/// <summary>Standard input, unbuffered.</summary>
/// <remarks>Console's own stream fails where it would have to wait for a pipe that somebody made non-blocking.</remarks>
public sealed class StandardInput : Stream
{
    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Reads what is there, once something is; 0 at the end.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public override int Read(Span<byte> buffer) =>
        Descriptor.Read(Descriptor.Input, buffer, out var error) is >= 0 and var read ? read : throw new IOException(FileFault.Describe(error), error);

    /// <inheritdoc cref="Read(Span{byte})"/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <summary>There is nothing to flush.</summary>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
