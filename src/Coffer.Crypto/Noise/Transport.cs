using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace Coffer.Crypto.Noise;

/// <summary>The two keys that a finished handshake leaves, one a direction, each with its own count of messages.</summary>
/// <remarks>
/// The keys lie in pinned memory that is wiped when it goes back to its pool. Not thread safe: one conversation owns it and disposes it.
/// A message is at most 65,535 bytes, 16 of them the tag. Source: Noise revision 34, section 5.2 (Split) and 5.1.
/// </remarks>
public sealed class Transport : IDisposable
{
    /// <summary>What sealing adds to a message, in bytes.</summary>
    public const int TagSize = Sodium.TagSize;

    /// <summary>The longest message, in bytes. Source: Noise revision 34, section 3.</summary>
    public const int MaxMessage = 65_535;

    private readonly byte[] _keys = KeyMemory.Rent();
    private ulong _sent;
    private ulong _received;
    private bool _open;
    private bool _disposed;

    internal enum Direction
    {
        Send,
        Receive,
    }

    /// <summary>Seals <paramref name="plaintext"/> for the other side; <paramref name="message"/> must have 16 bytes more. Returns the bytes written.</summary>
    /// <exception cref="ArgumentException"><paramref name="message"/> is too short, or <paramref name="plaintext"/> longer than a message holds.</exception>
    /// <exception cref="InvalidOperationException">No handshake has filled it, or its nonces are used up.</exception>
    public int Write(ReadOnlySpan<byte> plaintext, Span<byte> message)
    {
        ThrowIfUnusable();
        ArgumentOutOfRangeException.ThrowIfGreaterThan(plaintext.Length, MaxMessage - TagSize, nameof(plaintext));
        CipherState.EncryptWithAd(Key(Direction.Send), ref _sent, [], plaintext, message);
        return plaintext.Length + TagSize;
    }

    /// <summary>Opens the other side's next message. False where it was changed, replayed, or is another's; the conversation is then to be ended.</summary>
    /// <exception cref="ArgumentException"><paramref name="plaintext"/> is too short.</exception>
    /// <exception cref="InvalidOperationException">No handshake has filled it, or its nonces are used up.</exception>
    public bool TryRead(ReadOnlySpan<byte> message, Span<byte> plaintext, out int written)
    {
        ThrowIfUnusable();
        written = 0;
        if (message.Length > MaxMessage) return false;
        if (!CipherState.DecryptWithAd(Key(Direction.Receive), ref _received, [], message, plaintext)) return false;
        written = message.Length - TagSize;
        return true;
    }

    /// <summary>Wipes the keys.</summary>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        KeyMemory.Return(_keys);
    }

    internal Span<byte> Key(Direction direction) => _keys.AsSpan((int)direction * Sodium.KeySize, Sodium.KeySize);

    internal void Open()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (_open) throw new InvalidOperationException("the transport belongs to another handshake");
        _open = true;
    }

    /// <summary>Moves both counts to <paramref name="nonce"/>, which only a test can live to see otherwise.</summary>
    internal void SkipToForTests(ulong nonce) => _sent = _received = nonce;

    /// <summary>Forgets the keys, so that another handshake can fill the same transport and a measurement sees the handshake's memory alone.</summary>
    internal void ReopenForTests()
    {
        CryptographicOperations.ZeroMemory(_keys);
        _sent = _received = 0;
        _open = false;
    }

    private void ThrowIfUnusable()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (!_open) throw new InvalidOperationException("no handshake has filled this transport");
    }

    private static class KeyMemory
    {
        private const int Size = 2 * Sodium.KeySize;
        private const int MaxPooled = 1024;
        private static readonly ConcurrentQueue<byte[]> Pool = new();

        internal static byte[] Rent() => Pool.TryDequeue(out var keys) ? keys : GC.AllocateArray<byte>(Size, pinned: true);

        internal static void Return(byte[] keys)
        {
            CryptographicOperations.ZeroMemory(keys);
            if (Pool.Count < MaxPooled) Pool.Enqueue(keys);
        }
    }
}
