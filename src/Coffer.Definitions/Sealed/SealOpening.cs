using System.Security.Cryptography;
using Coffer.Crypto.Keys;

namespace Coffer.Definitions.Sealed;

/// <summary>What became of opening a sealed definition: <see cref="Opened"/> or <see cref="Refused"/>.</summary>
public abstract class SealOpening
{
    private SealOpening()
    {
    }

    /// <summary>The file is whole, and made by this companion for this server. Dispose wipes the text.</summary>
    public sealed class Opened : SealOpening, IDisposable
    {
        private readonly byte[] _toml;
        private readonly int _length;
        private bool _disposed;

        internal Opened(PublicKey companion, long serial, DateTimeOffset sealedAt, byte[] toml, int length)
        {
            Companion = companion;
            Serial = serial;
            SealedAt = sealedAt;
            _toml = toml;
            _length = length;
        }

        /// <summary>Who sealed it.</summary>
        public PublicKey Companion { get; }

        /// <summary>The serial, which grows with every sealing; not negative.</summary>
        public long Serial { get; }

        /// <summary>When it was sealed, by the companion's clock.</summary>
        public DateTimeOffset SealedAt { get; }

        /// <summary>The text of the definition, not yet read; valid until this is disposed.</summary>
        /// <exception cref="ObjectDisposedException">It is disposed.</exception>
        public ReadOnlyMemory<byte> Toml
        {
            get
            {
                ObjectDisposedException.ThrowIf(_disposed, this);
                return _toml.AsMemory(0, _length);
            }
        }

        /// <summary>Who, when and which serial; nothing of the text.</summary>
        public override string ToString() => $"<definition {Serial} sealed by {Companion}>";

        /// <summary>Wipes the text.</summary>
        public void Dispose()
        {
            _disposed = true;
            CryptographicOperations.ZeroMemory(_toml);
        }
    }

    /// <summary>The file is not taken, no part of it.</summary>
    public sealed class Refused : SealOpening
    {
        internal Refused(SealRefusal reason, string what, string hint)
        {
            Reason = reason;
            What = what;
            Hint = hint;
        }

        /// <summary>The reason, for programs.</summary>
        public SealRefusal Reason { get; }

        /// <summary>The reason, for people: what happened and what was expected, without the file's name.</summary>
        public string What { get; }

        /// <summary>What can be done.</summary>
        public string Hint { get; }

        /// <summary>The reason for people.</summary>
        public override string ToString() => What;
    }
}
