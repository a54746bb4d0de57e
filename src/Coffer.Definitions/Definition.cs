using Coffer.Crypto.Keys;
using Coffer.Protocol.Secrets;

namespace Coffer.Definitions;

/// <summary>One client of a definition: its name, its public key and its secrets.</summary>
/// <remarks>It prints as name and key, never with a secret.</remarks>
public sealed class DefinedClient
{
    /// <summary>Takes the parts as they are; <see cref="DefinitionReader"/> has checked them.</summary>
    public DefinedClient(string name, PublicKey key, OpenCoffer coffer, int line = 0, int column = 0)
    {
        Name = name;
        Key = key;
        Coffer = coffer;
        Line = line;
        Column = column;
    }

    /// <summary>What people call the client: not empty, no NUL, not <c>clients</c>, once in a definition.</summary>
    public string Name { get; }

    /// <summary>The key that the coffer is handed to: once in a definition.</summary>
    public PublicKey Key { get; }

    /// <summary>The secrets, at most 1 MiB encoded; empty where the client has no table.</summary>
    public OpenCoffer Coffer { get; }

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
