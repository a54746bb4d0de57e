using System.Runtime.InteropServices;

namespace Coffer.Crypto;

/// <summary>32 secret bytes in one <c>sodium_malloc</c> allocation: between guard pages, locked where the system allows, out of core dumps, read-only once filled, wiped when freed.</summary>
internal sealed unsafe class GuardedKey : SafeHandle
{
    internal GuardedKey(ReadOnlySpan<byte> key) : base(0, ownsHandle: true)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(key.Length, Sodium.KeySize);
        var memory = Sodium.Allocate(Sodium.KeySize);
        key.CopyTo(new Span<byte>(memory, Sodium.KeySize));
        Sodium.MakeReadOnly(memory);
        SetHandle((nint)memory);
    }

    public override bool IsInvalid => handle == 0;

    /// <summary>The bytes, for as long as this object is neither disposed nor collected: keep it alive around the use.</summary>
    internal byte* Pointer
    {
        get
        {
            ObjectDisposedException.ThrowIf(IsClosed, this);
            return (byte*)handle;
        }
    }

    protected override bool ReleaseHandle()
    {
        Sodium.Free((void*)handle);
        return true;
    }
}
