using Coffer.Crypto.Keys;
using Coffer.Protocol.Cbor;
using Coffer.Protocol.Secrets;

namespace Coffer.Definitions;

/// <summary>One client of a definition: its name, its public key and its secrets.</summary>
/// <remarks>It prints as name and key, never with a secret.</remarks>
public sealed class DefinedClient
{
    /// <summary>Takes the parts as they are; <see cref="DefinitionReader"/> has checked them.</summary>
    public DefinedClient(string name, PublicKey key, OpenCoffer coffer)
        : this(name, key, CofferCbor.Encode(coffer), line: 0, column: 0)
    {
    }

    internal DefinedClient(string name, PublicKey key, ReadOnlyMemory<byte> encoded, int line, int column)
    {
        Name = name;
        Key = key;
        Encoded = encoded;
        Line = line;
        Column = column;
    }

    /// <summary>What people call the client: not empty, no NUL, not <c>clients</c>, once in a definition.</summary>
    public string Name { get; }

    /// <summary>The key that the coffer is handed to: once in a definition.</summary>
    public PublicKey Key { get; }

    /// <summary>The secrets as CBOR (protocol.md section 5), at most 1 MiB; an empty coffer where the client has no table.</summary>
    public ReadOnlyMemory<byte> Encoded { get; }

    /// <summary>The secrets, decoded by each call.</summary>
    /// <exception cref="InvalidOperationException">The client was made from a coffer of over 1 MiB.</exception>
    public OpenCoffer Coffer => CofferCbor.TryDecode(Encoded, out var coffer) ? coffer : throw new InvalidOperationException("the coffer does not decode");

    /// <summary>The line in <c>[clients]</c> that names the client, from 1; 0 where it came from no file.</summary>
    public int Line { get; }

    /// <summary>The column of the name, from 1; 0 where it came from no file.</summary>
    public int Column { get; }

    /// <summary>Name and key.</summary>
    public override string ToString() => $"{ShownName.Quote(Name)} {Key}";
}

/// <summary>Which clients there are and which secrets each of them has.</summary>
/// <remarks>Source: docs/definition.md.</remarks>
public sealed class Definition
{
    /// <summary>Takes <paramref name="clients"/> as they are.</summary>
    public Definition(IReadOnlyList<DefinedClient> clients) => Clients = clients;

    /// <summary>The clients in the order of <c>[clients]</c>.</summary>
    public IReadOnlyList<DefinedClient> Clients { get; }

    /// <summary>How many clients there are.</summary>
    public override string ToString() => $"<definition of {Clients.Count}>";
}
