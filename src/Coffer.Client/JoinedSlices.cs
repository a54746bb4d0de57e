using System.Security.Cryptography;
using Coffer.Protocol.Frames;
using Coffer.Protocol.Messages;
using Coffer.Protocol.Secrets;

namespace Coffer.Client;

/// <summary>A coffer in the clear, growing slice by slice in pinned memory that is wiped: protocol.md section 6.</summary>
internal sealed class JoinedSlices : IDisposable
{
    private byte[] _bytes = [];
    private int _length;

    /// <summary>What has been joined so far.</summary>
    internal ReadOnlyMemory<byte> Whole => _bytes.AsMemory(0, _length);

    /// <summary>Makes room for one more sealed body of <paramref name="size"/> bytes; false where the coffer would outgrow 1 MiB.</summary>
    internal bool TryMakeRoom(int size, out Span<byte> room)
    {
        room = default;
        var slice = size - (SealedMessage.Overhead - FrameCodec.HeaderSize);
        if (slice < 0 || slice > OpenCoffer.MaxEncodedSize - _length) return false;

        if (_bytes.Length < _length + slice) Grow(_length + slice);
        room = _bytes.AsSpan(_length, slice);
        return true;
    }

    /// <summary>Counts in what was written to the room.</summary>
    internal void Advance(int length) => _length += length;

    /// <summary>Wipes it.</summary>
    public void Dispose() => CryptographicOperations.ZeroMemory(_bytes);

    private void Grow(int needed)
    {
        var grown = GC.AllocateUninitializedArray<byte>(Math.Min(Math.Max(needed, 2 * _bytes.Length), OpenCoffer.MaxEncodedSize), pinned: true);
        _bytes.AsSpan(0, _length).CopyTo(grown);
        CryptographicOperations.ZeroMemory(_bytes);
        _bytes = grown;
    }
}
