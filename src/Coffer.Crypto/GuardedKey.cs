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

    /// <summary>Keeps the bytes mapped until the loan is disposed, even where another thread disposes the key meanwhile: reading a freed page would end the process.</summary>
    /// <exception cref="ObjectDisposedException">The key is disposed.</exception>
    internal Loan Borrow() => new(this);

    protected override bool ReleaseHandle()
    {
        Sodium.Free((void*)handle);
        return true;
    }

    internal readonly ref struct Loan
    {
        private readonly GuardedKey _key;

        internal Loan(GuardedKey key)
        {
            var added = false;
            key.DangerousAddRef(ref added);
            _key = key;
        }

        internal byte* Pointer => (byte*)_key.handle;

        internal ReadOnlySpan<byte> Span => new(Pointer, Sodium.KeySize);

        public void Dispose() => _key.DangerousRelease();
    }
}
