using System.Buffers;
using System.Security.Cryptography;

namespace Coffer.Server.Catalog;

/// <summary>A rented buffer for an opened coffer, wiped before it goes back.</summary>
public readonly ref struct SecretScratch : IDisposable
{
    private readonly byte[] _rented;

    /// <param name="size">In bytes.</param>
    public SecretScratch(int size)
    {
        _rented = ArrayPool<byte>.Shared.Rent(size);
        Span = _rented.AsSpan(0, size);
    }

    /// <summary>The buffer, of just the size asked for; what is in it is not defined.</summary>
    public Span<byte> Span { get; }

    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(Span);
        ArrayPool<byte>.Shared.Return(_rented);
    }
}
