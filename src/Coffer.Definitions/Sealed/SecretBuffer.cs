using System.Security.Cryptography;

namespace Coffer.Definitions.Sealed;

/// <summary>Collects secret bytes in memory that the garbage collector does not copy, and wipes what it outgrows.</summary>
/// <param name="capacity">How many bytes are expected; more are taken as well.</param>
public sealed class SecretBuffer(int capacity) : IDisposable
{
    private byte[] _bytes = Allocate(capacity);

    /// <summary>How many bytes there are.</summary>
    public int Length { get; private set; }

    /// <summary>The bytes, valid until something is appended, released or disposed.</summary>
    public ReadOnlyMemory<byte> Bytes => _bytes.AsMemory(0, Length);

    /// <summary>Appends all that is left of <paramref name="stream"/>; false where the whole would be longer than an array can be.</summary>
    public bool TryAppend(Stream stream)
    {
        while (true)
        {
            if (Length == _bytes.Length)
            {
                if (Length == Array.MaxLength) return stream.ReadByte() < 0;
                Grow(Length + 1);
            }
            var read = stream.Read(_bytes.AsSpan(Length));
            if (read == 0) return true;
            Length += read;
        }
    }

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
