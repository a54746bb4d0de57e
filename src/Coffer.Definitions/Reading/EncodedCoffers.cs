using System.Formats.Cbor;
using Coffer.Protocol.Cbor;
using Coffer.Protocol.Secrets;

namespace Coffer.Definitions.Reading;

/// <summary>Keeps encoded coffers side by side in large blocks.</summary>
/// <remarks>A coffer's names and values are a few dozen objects; with those of 100,000 clients each collection would stop the process for longer than a client should wait.</remarks>
internal sealed class EncodedCoffers
{
    private const int BlockSize = 1 << 20;

    private readonly CborWriter _writer = new(CborConformanceMode.Strict);
    private Memory<byte> _free;

    /// <summary>Encodes a coffer.</summary>
    internal ReadOnlyMemory<byte> Add(OpenCoffer coffer)
    {
        _writer.Reset();
        CofferCbor.Write(_writer, coffer);
        var size = _writer.BytesWritten;
        if (size > _free.Length) _free = GC.AllocateUninitializedArray<byte>(Math.Max(BlockSize, size));
        var encoded = _free[..size];
        _writer.Encode(encoded.Span);
        _free = _free[size..];
        return encoded;
    }
}
