using System.Security.Cryptography;
using Coffer.Crypto;
using Coffer.Crypto.Keys;
using Coffer.Crypto.Noise;

namespace Coffer.Benchmarks;

/// <summary>A server that answers one recorded Hello again and again, and what libsodium alone needs for the same.</summary>
internal sealed unsafe class RecordedHandshake : IDisposable
{
    private static readonly byte[] Prologue = "Coffer/1"u8.ToArray();

    private readonly KeyPair _client = KeyPair.Generate();
    private readonly KeyPair _server = KeyPair.Generate();
    private readonly Transport _transport = new();
    private readonly byte[] _hello = new byte[97];
    private readonly byte[] _link = new byte[49];
    private readonly byte[] _payload = new byte[1];
    private readonly byte[] _scalar = RandomNumberGenerator.GetBytes(Sodium.KeySize);
    private readonly byte[] _product = new byte[Sodium.KeySize];

    internal RecordedHandshake() => Hello();

    /// <summary>The initiator's first message: two agreements and one public key.</summary>
    internal void Hello()
    {
        using var initiator = HandshakeState.Initiator(HandshakePattern.IK, Prologue, _client, _server.PublicKey);
        _payload[0] = 0;
        if (initiator.WriteMessage(_payload, _hello, out _) != HandshakeStep.Continue) throw new InvalidOperationException("the hello was not written");
    }

    /// <summary>The responder's half: reads message 1, writes message 2, splits.</summary>
    internal void Respond()
    {
        _transport.ReopenForTests();
        using var responder = HandshakeState.Responder(HandshakePattern.IK, Prologue, _server);
        if (responder.ReadMessage(_hello, _payload, out _) != HandshakeStep.Continue) throw new InvalidOperationException("the hello was not read");
        _payload[0] = 1;
        if (responder.WriteMessage(_payload, _link, out _) != HandshakeStep.Done) throw new InvalidOperationException("the link was not written");
        responder.Split(_transport);
    }

    /// <summary>Four agreements and one public key, and nothing else.</summary>
    internal void Floor()
    {
        var point = _client.PublicKey;
        fixed (byte* q = _product, n = _scalar, p = point.Span)
        {
            for (var i = 0; i < 4; i++) Sodium.ScalarMult(q, n, p);
            Sodium.ScalarMultBase(q, n);
        }
    }

    public void Dispose()
    {
        _client.Dispose();
        _server.Dispose();
        _transport.Dispose();
    }
}
