using System.Security.Cryptography;

namespace Coffer.Definitions.Sealed;

/// <summary>Collects secret bytes in memory that the collector does not copy, and wipes what it outgrows.</summary>
internal sealed class SecretBuffer(int capacity) : IDisposable
{
    private byte[] _bytes = Allocate(capacity);

    internal int Length { get; private set; }

    /// <summary>Appends; false where the whole would be longer than an array can be.</summary>
    internal bool TryAppend(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > Array.MaxLength - Length) return false;
        if (bytes.Length > _bytes.Length - Length) Grow(Length + bytes.Length);
        bytes.CopyTo(_bytes.AsSpan(Length));
        Length += bytes.Length;
        return true;
    }

    /// <summary>Hands the memory over to the caller, who wipes it.</summary>
    internal byte[] Release()
    {
        var bytes = _bytes;
        _bytes = [];
        return bytes;
    }

    /// <summary>Wipes what was not handed over.</summary>
    public void Dispose() => CryptographicOperations.ZeroMemory(_bytes);

    private void Grow(int needed)
    {
        var larger = Allocate((int)Math.Min(Array.MaxLength, Math.Max(needed, 2L * _bytes.Length)));
        _bytes.AsSpan(0, Length).CopyTo(larger);
        CryptographicOperations.ZeroMemory(_bytes);
        _bytes = larger;
    }

    private static byte[] Allocate(int length) => GC.AllocateUninitializedArray<byte>(length, pinned: true);
}
