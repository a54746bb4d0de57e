using System.Text;
using Coffer.Crypto.Keys;
using Coffer.Definitions.Sealed;

namespace Coffer.Load;

/// <summary>Clients of a definition that nobody plays: they make it large.</summary>
/// <param name="Count">How many.</param>
/// <param name="Changed">How many in a hundred have other secrets than those of a definition with none changed.</param>
internal readonly record struct LoadOthers(int Count, int Changed)
{
    internal int RoundOf(int other) => other % 100 < Changed ? 1 : 0;
}

/// <summary>The definition of a load's clients, as TOML or sealed.</summary>
internal static class LoadDefinition
{
    /// <summary>The secret in which each played client finds the definition's revision, where it has one.</summary>
    internal const string RevisionKey = "REVISION";

    /// <summary>Writes the TOML, and leaves <paramref name="output"/> open.</summary>
    internal static void Write(LoadClients clients, LoadOthers others, long? revision, Stream output)
    {
        using var toml = new StreamWriter(output, new UTF8Encoding(false), bufferSize: 1 << 16, leaveOpen: true) { NewLine = "\n" };
        toml.WriteLine("[clients]");
        for (var i = 0; i < clients.Count; i++)
            toml.WriteLine($"{LoadClients.NameOf(i)} = \"{clients.WithKey(i, key => key.PublicKey)}\"");
        for (var i = 0; i < others.Count; i++) toml.WriteLine($"other-{i} = \"{clients.OtherKey(i)}\"");
        for (var i = 0; i < clients.Count; i++)
        {
            toml.WriteLine($"\n[{LoadClients.NameOf(i)}]");
            if (revision is not null) toml.WriteLine($"{RevisionKey} = {revision}");
            for (var j = 0; j < clients.Secrets; j++) toml.WriteLine($"{LoadClients.KeyOf(j)} = \"{clients.ValueOf(i, j)}\"");
        }
        for (var i = 0; i < others.Count; i++)
        {
            toml.WriteLine($"\n[other-{i}]");
            for (var j = 0; j < clients.Secrets; j++) toml.WriteLine($"{LoadClients.KeyOf(j)} = \"{clients.OtherValue(i, j, others.RoundOf(i))}\"");
        }
    }

    /// <summary>Writes the definition sealed by <paramref name="companion"/> for <paramref name="server"/>.</summary>
    internal static void WriteSealed(LoadClients clients, LoadOthers others, long? revision, KeyPair companion, PublicKey server, Stream output)
    {
        using var toml = new MemoryStream();
        Write(clients, others, revision, toml);
        toml.Position = 0;
        var now = DateTimeOffset.UtcNow;
        SealedDefinition.Seal(toml, companion, server, now.ToUnixTimeMilliseconds(), now, output);
    }
}
