using Coffer.Crypto.Keys;
using Coffer.Crypto.Noise;
using Coffer.Protocol.Frames;
using Coffer.Protocol.Messages;

namespace Coffer.Protocol.Tests.Messages;

/// <summary>Both ends of a conversation after Link.</summary>
internal sealed class LinkedPair : IDisposable
{
    private readonly KeyPair _client = KeyPair.Generate();
    private readonly KeyPair _server = KeyPair.Generate();

    internal LinkedPair()
    {
        var initiator = HandshakeState.Initiator(HandshakePattern.IK, Handshake.Prologue, _client, _server.PublicKey);
        var responder = HandshakeState.Responder(HandshakePattern.IK, Handshake.Prologue, _server);
        var hello = new byte[Handshake.HelloFrameSize];
        var link = new byte[Handshake.LinkFrameSize];
        Handshake.WriteHello(ref initiator, hello);
        Assert.True(Handshake.TryReadHello(ref responder, hello.AsSpan(3)));
        Handshake.WriteLink(ref responder, link);
        Assert.Equal(HelloAnswer.Link, Handshake.ReadAnswer(ref initiator, (MessageType)link[2], link.AsSpan(3), ClientKey));
        initiator.Split(Client);
        responder.Split(Server);
    }

    internal PublicKey ClientKey => _client.PublicKey;

    internal Transport Client { get; } = new();

    internal Transport Server { get; } = new();

    public void Dispose()
    {
        Client.Dispose();
        Server.Dispose();
        _client.Dispose();
        _server.Dispose();
    }
}
