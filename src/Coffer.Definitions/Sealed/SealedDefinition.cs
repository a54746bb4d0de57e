using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Coffer.Crypto.Keys;
using Coffer.Crypto.Noise;

namespace Coffer.Definitions.Sealed;

/// <summary>The sealed definition file: proves which companion made it, and only the server it was made for can open it.</summary>
/// <remarks>
/// <code>
/// magic   "coffer-definition/1\n"
/// hello   u16 length ‖ Noise X message 1, payload <see cref="SealedHello"/>
/// chunk*  u16 length ‖ transport message, plaintext = flag (0 more, 1 last) ‖ up to 65,518 bytes of TOML
/// </code>
/// Lengths are in network byte order. Whoever opens takes the whole file or nothing of it. Source: protocol.md section 7.
/// </remarks>
public static class SealedDefinition
{
    /// <summary>The most text in one chunk, in bytes.</summary>
    internal const int MaxChunkText = ushort.MaxValue - Transport.TagSize - 1;

    private const int LengthSize = sizeof(ushort);
    private const int HelloOverhead = 32 + 32 + Transport.TagSize + Transport.TagSize;
    private const int MinChunk = 1 + Transport.TagSize;
    private const byte More = 0;
    private const byte Last = 1;

    /// <summary>What every sealed definition begins with: 20 bytes.</summary>
    public static ReadOnlySpan<byte> Magic => "coffer-definition/1\n"u8;

    private static ReadOnlySpan<byte> AnyVersion => "coffer-definition/"u8;

    private static ReadOnlySpan<byte> Prologue => Magic[..^1];

    /// <summary>Whether <paramref name="start"/>, the first bytes of a file, are those of a sealed definition of any version.</summary>
    public static bool Begins(ReadOnlySpan<byte> start) => start.StartsWith(AnyVersion);

    /// <summary>Seals <paramref name="toml"/>, read to its end, onto <paramref name="output"/>. Neither is closed, and the text is not looked at.</summary>
    /// <param name="toml">The text, UTF-8.</param>
    /// <param name="companion">Who seals.</param>
    /// <param name="server">Who opens.</param>
    /// <param name="serial">Grows with every sealing; not negative.</param>
    /// <param name="sealedAt">Kept in UTC, cut to seconds.</param>
    /// <param name="output">Takes the file's bytes.</param>
    /// <param name="progress">Told the bytes of text that are sealed, after each chunk.</param>
    /// <exception cref="ArgumentException"><paramref name="serial"/> is negative, or <paramref name="server"/> a low-order point.</exception>
    public static void Seal(Stream toml, KeyPair companion, PublicKey server, long serial, DateTimeOffset sealedAt, Stream output, IProgress<long>? progress = null) =>
        Seal(toml, companion, server, serial, sealedAt, output, MaxChunkText, progress);

    /// <summary>As above, with chunks of another size.</summary>
    internal static void Seal(Stream toml, KeyPair companion, PublicKey server, long serial, DateTimeOffset sealedAt, Stream output, int chunkText, IProgress<long>? progress = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(serial);
        using var transport = new Transport();
        output.Write(Magic);
        WriteHello(new(serial, sealedAt), companion, server, transport, output);

        // One chunk is read ahead, to know which is the last.
        var plain = GC.AllocateUninitializedArray<byte>(1 + chunkText, pinned: true);
        var next = GC.AllocateUninitializedArray<byte>(1 + chunkText, pinned: true);
        var message = new byte[LengthSize + 1 + chunkText + Transport.TagSize];
        try
        {
            var done = 0L;
            var length = toml.ReadAtLeast(plain.AsSpan(1), chunkText, throwOnEndOfStream: false);
            while (true)
            {
                var nextLength = length < chunkText ? 0 : toml.ReadAtLeast(next.AsSpan(1), chunkText, throwOnEndOfStream: false);
                plain[0] = nextLength == 0 ? Last : More;
                var written = transport.Write(plain.AsSpan(0, 1 + length), message.AsSpan(LengthSize));
                BinaryPrimitives.WriteUInt16BigEndian(message, (ushort)written);
                output.Write(message.AsSpan(0, LengthSize + written));
                progress?.Report(done += length);
                if (nextLength == 0) return;
                (plain, next, length) = (next, plain, nextLength);
            }
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plain);
            CryptographicOperations.ZeroMemory(next);
        }
    }

    /// <summary>Opens a file that one of <paramref name="trusted"/> sealed for <paramref name="server"/>.</summary>
    public static SealOpening Open(Stream file, KeyPair server, IReadOnlyCollection<PublicKey> trusted)
    {
        ArgumentNullException.ThrowIfNull(trusted);
        return new SealedReader(file, server, trusted).Open();
    }

    /// <summary>Opens bytes that one of <paramref name="trusted"/> sealed for <paramref name="server"/>.</summary>
    public static SealOpening Open(ReadOnlyMemory<byte> file, KeyPair server, IReadOnlyCollection<PublicKey> trusted) => Open(StreamOver(file), server, trusted);

    /// <summary>Opens bytes whoever sealed them for <paramref name="server"/>: for people who look at them, not for loading them.</summary>
    public static SealOpening OpenOfAnyone(ReadOnlyMemory<byte> file, KeyPair server) => new SealedReader(StreamOver(file), server, trusted: null).Open();

    private static MemoryStream StreamOver(ReadOnlyMemory<byte> bytes) => MemoryMarshal.TryGetArray(bytes, out var array)
        ? new(array.Array!, array.Offset, array.Count, writable: false)
        : new(bytes.ToArray(), writable: false);

    private static void WriteHello(SealedHello hello, KeyPair companion, PublicKey server, Transport transport, Stream output)
    {
        Span<byte> message = stackalloc byte[LengthSize + HelloOverhead + HandshakeState.MaxPayload];
        using var handshake = HandshakeState.Initiator(HandshakePattern.X, Prologue, companion, server);
        if (handshake.WriteMessage(hello.Encode(), message[LengthSize..], out var written) != HandshakeStep.Done)
            throw new ArgumentException("a low-order point cannot be sealed for", nameof(server));

        handshake.Split(transport);
        BinaryPrimitives.WriteUInt16BigEndian(message, (ushort)written);
        output.Write(message[..(LengthSize + written)]);
    }

    /// <summary>One pass over one file.</summary>
    private sealed class SealedReader(Stream file, KeyPair server, IReadOnlyCollection<PublicKey>? trusted)
    {
        private const string Again = "fetch it again from where it was sealed, or seal it anew";

        private readonly byte[] _part = new byte[ushort.MaxValue];

        private enum PartRead
        {
            Whole,
            End,
            CutShort,
        }

        internal SealOpening Open()
        {
            if (ReadMagic() is { } notSealed) return notSealed;

            if (ReadPart(out var hello) != PartRead.Whole) return CutShort();
            if (hello.Length is < HelloOverhead or > HelloOverhead + HandshakeState.MaxPayload) return BadLength();

            using var transport = new Transport();
            if (ReadHello(hello, transport, out var companion, out var said) is { } refused) return refused;
            return ReadText(transport, companion, said);
        }

        private SealOpening.Refused? ReadMagic()
        {
            Span<byte> start = stackalloc byte[Magic.Length];
            var length = file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
            start = start[..length];
            if (start.SequenceEqual(Magic)) return null;
            if (length < Magic.Length && Magic.StartsWith(start))
                return length == 0 ? Refuse(SealRefusal.NotSealed, "empty, expected a sealed definition", "'coffer-companion seal' makes one") : CutShort();
            if (start.StartsWith(AnyVersion) && start[AnyVersion.Length..] is [>= (byte)'1' and <= (byte)'9', (byte)'\n' or (>= (byte)'0' and <= (byte)'9')])
                return Refuse(SealRefusal.NewerFormat, "a sealed definition of a newer format, expected coffer-definition/1", "use a newer release of Coffer, or seal it with an older coffer-companion");
            return LooksPlain(start)
                ? Refuse(SealRefusal.PlainDefinition, "a definition in the clear, expected a sealed one", "seal it with 'coffer-companion seal'; nobody else should be able to read it")
                : Refuse(SealRefusal.NotSealed, "not a sealed definition, which begins with coffer-definition/1", "name the file that 'coffer-companion seal' wrote");
        }

        private static bool LooksPlain(ReadOnlySpan<byte> start)
        {
            if (start.StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF])) start = start[3..];
            start = start.TrimStart(" \t\r\n"u8);
            return start.Length > 0 && start[0] is (byte)'[' or (byte)'#';
        }

        private SealOpening.Refused? ReadHello(ReadOnlyMemory<byte> message, Transport transport, out PublicKey companion, out SealedHello hello)
        {
            companion = default;
            hello = default;
            var payload = new byte[HandshakeState.MaxPayload];
            using var handshake = HandshakeState.Responder(HandshakePattern.X, Prologue, server);
            if (handshake.ReadMessage(message.Span, payload, out var length) != HandshakeStep.Done)
                return Refuse(SealRefusal.WrongServerOrChanged, $"not sealed for {server.PublicKey}, or changed since, expected a file for this server's key",
                    "seal it with '--server-key' and the public key that 'coffer-companion public' prints for the server's key file");

            companion = handshake.RemoteStatic;
            handshake.Split(transport);
            if (!SealedHello.TryDecode(payload.AsMemory(0, length), out hello))
                return Refuse(SealRefusal.BadHello, $"sealed by {companion} without a serial and a time, expected both", "seal it with 'coffer-companion seal'");
            if (trusted is not null && !trusted.Contains(companion))
                return Refuse(SealRefusal.NotTrusted, $"sealed by {companion}, expected a companion that is trusted here", "if that key is yours, name it among the server's companions ('--companion')");
            return null;
        }

        private SealOpening ReadText(Transport transport, PublicKey companion, SealedHello hello)
        {
            using var text = new SecretBuffer(file.CanSeek ? (int)Math.Min(Math.Max(0, file.Length - file.Position), Array.MaxLength) : _part.Length);
            var plain = GC.AllocateUninitializedArray<byte>(ushort.MaxValue, pinned: true);
            try
            {
                while (true)
                {
                    switch (ReadPart(out var chunk))
                    {
                        case PartRead.End:
                            return Refuse(SealRefusal.NoLastChunk, "ends before its last part, expected all of it", Again);
                        case PartRead.CutShort:
                            return CutShort();
                    }
                    if (chunk.Length < MinChunk) return BadLength();
                    if (!transport.TryRead(chunk.Span, plain, out var length) || plain[0] is not (More or Last))
                        return Refuse(SealRefusal.Changed, "changed since it was sealed, expected every part as it was written", Again);
                    if (!text.TryAppend(plain.AsSpan(1, length - 1)))
                        return Refuse(SealRefusal.TooLarge, "holds over 2 GiB of text, expected less", "split the clients between two servers");
                    if (plain[0] == More) continue;

                    if (file.ReadByte() >= 0) return Refuse(SealRefusal.BytesAfterLast, "something follows its last part, expected its end", Again);
                    var size = text.Length;
                    return new SealOpening.Opened(companion, hello.Serial, hello.SealedAt, text.Release(), size);
                }
            }
            finally
            {
                CryptographicOperations.ZeroMemory(plain);
            }
        }

        private PartRead ReadPart(out ReadOnlyMemory<byte> part)
        {
            part = default;
            Span<byte> announced = stackalloc byte[LengthSize];
            var read = file.ReadAtLeast(announced, LengthSize, throwOnEndOfStream: false);
            if (read < LengthSize) return read == 0 ? PartRead.End : PartRead.CutShort;

            var length = BinaryPrimitives.ReadUInt16BigEndian(announced);
            if (file.ReadAtLeast(_part.AsSpan(0, length), length, throwOnEndOfStream: false) < length) return PartRead.CutShort;
            part = _part.AsMemory(0, length);
            return PartRead.Whole;
        }

        private static SealOpening.Refused CutShort() => Refuse(SealRefusal.CutShort, "cut short, expected more of it", Again);

        private static SealOpening.Refused BadLength() => Refuse(SealRefusal.BadLength, "a part is shorter or longer than any can be, expected the file as it was sealed", Again);

        private static SealOpening.Refused Refuse(SealRefusal reason, string what, string hint) => new(reason, what, hint);
    }
}
