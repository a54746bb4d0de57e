using System.Text.Json;
using Coffer.Crypto.Keys;
using Coffer.Crypto.Noise;

namespace Coffer.Crypto.Tests.Noise;

public sealed class NoiseVectorSpecs
{
    private static readonly JsonElement[] Vectors = Load();

    public static IEnumerable<TheoryDataRow<int>> Cases => Vectors.Select((vector, index) => new TheoryDataRow<int>(index) { TestDisplayName = Name(vector, index) });

    [Fact]
    public void The_file_holds_five_vectors_of_each_pattern()
    {
        Assert.Equal(5, Vectors.Count(v => Pattern(v) == HandshakePattern.IK));
        Assert.Equal(5, Vectors.Count(v => Pattern(v) == HandshakePattern.X));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Follows_the_vector_byte_for_byte_on_both_sides(int index)
    {
        var vector = Vectors[index];
        var pattern = Pattern(vector);
        using var initiatorKeys = new KeyPair(Bytes(vector, "init_static"));
        using var responderKeys = new KeyPair(Bytes(vector, "resp_static"));
        if (vector.TryGetProperty("init_remote_static", out var pinned)) Assert.Equal(Convert.FromHexString(pinned.GetString()!), responderKeys.PublicKey.Span);
        var prologue = Bytes(vector, "init_prologue");
        var initiator = HandshakeState.WithEphemeralForTests(pattern, prologue, initiatorKeys, responderKeys.PublicKey, Bytes(vector, "init_ephemeral"));
        var responder = HandshakeState.WithEphemeralForTests(pattern, prologue, responderKeys, null, Bytes(vector, "resp_ephemeral"));
        var messages = vector.GetProperty("messages").EnumerateArray().Select(m => (Payload: Bytes(m, "payload"), Ciphertext: Bytes(m, "ciphertext"))).ToArray();

        for (var i = 0; i < pattern.MessageCount; i++)
        {
            if (i % 2 == 0) Pass(ref initiator, ref responder, messages[i].Payload, messages[i].Ciphertext, i == pattern.MessageCount - 1);
            else Pass(ref responder, ref initiator, messages[i].Payload, messages[i].Ciphertext, i == pattern.MessageCount - 1);
        }
        Assert.Equal(initiatorKeys.PublicKey, responder.RemoteStatic);
        if (vector.TryGetProperty("handshake_hash", out var expected))
        {
            var hash = new byte[Key32.Size];
            initiator.CopyHandshakeHash(hash);
            Assert.Equal(Convert.FromHexString(expected.GetString()!), hash);
            responder.CopyHandshakeHash(hash);
            Assert.Equal(Convert.FromHexString(expected.GetString()!), hash);
        }

        using var initiators = new Transport();
        using var responders = new Transport();
        initiator.Split(initiators);
        responder.Split(responders);
        for (var i = pattern.MessageCount; i < messages.Length; i++)
        {
            if (IsInitiators(vector, i)) Pass(initiators, responders, messages[i].Payload, messages[i].Ciphertext);
            else Pass(responders, initiators, messages[i].Payload, messages[i].Ciphertext);
        }
    }

    private static void Pass(ref HandshakeState from, ref HandshakeState to, byte[] payload, byte[] ciphertext, bool isLast)
    {
        var message = new byte[ciphertext.Length];
        var opened = new byte[payload.Length];
        var step = isLast ? HandshakeStep.Done : HandshakeStep.Continue;

        Assert.Equal(step, from.WriteMessage(payload, message, out var written));
        Assert.Equal(ciphertext.Length, written);
        Assert.Equal(ciphertext, message);
        Assert.Equal(step, to.ReadMessage(message, opened, out written));
        Assert.Equal(payload.Length, written);
        Assert.Equal(payload, opened);
    }

    private static void Pass(Transport from, Transport to, byte[] payload, byte[] ciphertext)
    {
        var message = new byte[ciphertext.Length];
        var opened = new byte[payload.Length];

        Assert.Equal(ciphertext.Length, from.Write(payload, message));
        Assert.Equal(ciphertext, message);
        Assert.True(to.TryRead(message, opened, out var written));
        Assert.Equal(payload.Length, written);
        Assert.Equal(payload, opened);
    }

    // As the file's "about" has it: X of cacophony goes one way only.
    private static bool IsInitiators(JsonElement vector, int index) => Pattern(vector) == HandshakePattern.IK
        ? index % 2 == 0
        : vector.GetProperty("source").GetString() == "cacophony" || index == 1;

    private static HandshakePattern Pattern(JsonElement vector) => vector.GetProperty("protocol_name").GetString() switch
    {
        "Noise_IK_25519_ChaChaPoly_SHA256" => HandshakePattern.IK,
        "Noise_X_25519_ChaChaPoly_SHA256" => HandshakePattern.X,
        var other => throw new InvalidDataException(other),
    };

    private static string Name(JsonElement vector, int index) =>
        $"{vector.GetProperty("protocol_name").GetString()} of {vector.GetProperty("source").GetString()}, vector {index}";

    private static byte[] Bytes(JsonElement from, string name) => from.TryGetProperty(name, out var hex) ? Convert.FromHexString(hex.GetString()!) : [];

    private static JsonElement[] Load()
    {
        using var document = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "vectors", "noise.json")));
        return [.. document.RootElement.Clone().GetProperty("vectors").EnumerateArray()];
    }
}
