using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace Coffer.Crypto.Noise;

/// <summary>32 bytes in place: a key, a chaining key or a hash that lives on the stack of whoever holds the handshake.</summary>
[InlineArray(Size)]
internal struct Key32
{
    internal const int Size = 32;
    private byte _first;

    [UnscopedRef]
    internal Span<byte> Span => this;

    internal void Wipe() => CryptographicOperations.ZeroMemory(Span);
}
