using Coffer.Crypto.Keys;
using Coffer.Protocol.Secrets;

namespace Coffer.Definitions;

/// <summary>One difference between two definitions. It prints as one line, with every value masked.</summary>
public abstract class DefinitionChange
{
    private DefinitionChange(string client) => Client = client;

    /// <summary>The client's name, in the newer definition where it is in both.</summary>
    public string Client { get; }

    // Whole, so that what the operator confirms can be told from another of the same beginning.
    private string Table => $"[{ShownName.Whole(Client)}]";

    /// <summary>A client that was not there.</summary>
    public sealed class ClientAdded(DefinedClient client) : DefinitionChange(client.Name)
    {
        /// <summary>Its key.</summary>
        public PublicKey Key { get; } = client.Key;

        /// <summary>How many secrets it has.</summary>
        public int Secrets { get; } = client.Coffer.Secrets.Count;

        /// <inheritdoc/>
        public override string ToString() => $"+ {Table} {Key}, {Counted(Secrets)}";
    }

    /// <summary>A client that is no longer there.</summary>
    public sealed class ClientRemoved(DefinedClient client) : DefinitionChange(client.Name)
    {
        /// <summary>Its key.</summary>
        public PublicKey Key { get; } = client.Key;

        /// <summary>How many secrets it had.</summary>
        public int Secrets { get; } = client.Coffer.Secrets.Count;

        /// <inheritdoc/>
        public override string ToString() => $"- {Table} {Key}, {Counted(Secrets)}";
    }

    /// <summary>A client that keeps its name and gets another key.</summary>
    public sealed class ClientRekeyed(DefinedClient old, DefinedClient now) : DefinitionChange(now.Name)
    {
        /// <summary>The key until now.</summary>
        public PublicKey OldKey { get; } = old.Key;

        /// <summary>The key from now on.</summary>
        public PublicKey NewKey { get; } = now.Key;

        /// <inheritdoc/>
        public override string ToString() => $"~ {Table} key {OldKey} -> {NewKey}";
    }

    /// <summary>A client that keeps its key and gets another name.</summary>
    public sealed class ClientRenamed(DefinedClient old, DefinedClient now) : DefinitionChange(now.Name)
    {
        /// <summary>The name until now.</summary>
        public string OldName { get; } = old.Name;

        /// <inheritdoc/>
        public override string ToString() => $"~ [{ShownName.Whole(OldName)}] -> {Table}";
    }

    /// <summary>A secret that was not there.</summary>
    public sealed class SecretAdded(string client, string key, SecretKind kind) : DefinitionChange(client)
    {
        /// <summary>The secret's name.</summary>
        public string Key { get; } = key;

        /// <summary>Its type.</summary>
        public SecretKind Kind { get; } = kind;

        /// <inheritdoc/>
        public override string ToString() => $"+ {Table} {ShownName.Whole(Key)} = {Masked(Kind)}";
    }

    /// <summary>A secret that is no longer there.</summary>
    public sealed class SecretRemoved(string client, string key, SecretKind kind) : DefinitionChange(client)
    {
        /// <summary>The secret's name.</summary>
        public string Key { get; } = key;

        /// <summary>Its type.</summary>
        public SecretKind Kind { get; } = kind;

        /// <inheritdoc/>
        public override string ToString() => $"- {Table} {ShownName.Whole(Key)} = {Masked(Kind)}";
    }

    /// <summary>A secret with another value, or the same in another type.</summary>
    public sealed class SecretChanged(string client, string key, SecretKind oldKind, SecretKind newKind) : DefinitionChange(client)
    {
        /// <summary>The secret's name.</summary>
        public string Key { get; } = key;

        /// <summary>The type until now.</summary>
        public SecretKind OldKind { get; } = oldKind;

        /// <summary>The type from now on.</summary>
        public SecretKind NewKind { get; } = newKind;

        /// <inheritdoc/>
        public override string ToString() => $"~ {Table} {ShownName.Whole(Key)} = {Masked(OldKind)} -> {Masked(NewKind)}";
    }

    // No length and no stars by length either: they would tell.
    private static string Masked(SecretKind kind) => $"<{kind}>";

    private static string Counted(int secrets) => secrets == 1 ? "1 secret" : $"{secrets} secrets";
}

/// <summary>What a new definition changes of an old one.</summary>
public static class DefinitionDiff
{
    /// <summary>The differences, client by client: those of the old definition in its order, then the added ones; none where both say the same.</summary>
    /// <remarks>Clients are the same where the name is, and where only the key is, renamed. The order of clients is no difference.</remarks>
    public static IReadOnlyList<DefinitionChange> Between(Definition old, Definition now)
    {
        var changes = new List<DefinitionChange>();
        var byName = now.Clients.ToDictionary(client => client.Name);
        var byKey = now.Clients.ToDictionary(client => client.Key);
        var oldNames = old.Clients.Select(client => client.Name).ToHashSet();
        var met = new HashSet<string>();
        foreach (var client in old.Clients)
        {
            if (byName.TryGetValue(client.Name, out var same))
            {
                met.Add(same.Name);
                if (same.Key != client.Key) changes.Add(new DefinitionChange.ClientRekeyed(client, same));
                Compare(client.Coffer, same.Coffer, same.Name, changes);
            }
            else if (byKey.TryGetValue(client.Key, out var renamed) && !oldNames.Contains(renamed.Name))
            {
                met.Add(renamed.Name);
                changes.Add(new DefinitionChange.ClientRenamed(client, renamed));
                Compare(client.Coffer, renamed.Coffer, renamed.Name, changes);
            }
            else
            {
                changes.Add(new DefinitionChange.ClientRemoved(client));
            }
        }
        foreach (var client in now.Clients)
        {
            if (met.Contains(client.Name)) continue;
            changes.Add(new DefinitionChange.ClientAdded(client));
            Compare(OpenCoffer.Empty, client.Coffer, client.Name, changes);
        }
        return changes;
    }

    private static void Compare(OpenCoffer old, OpenCoffer now, string client, List<DefinitionChange> changes)
    {
        // Both are ordered by key.
        int i = 0, j = 0;
        while (i < old.Secrets.Count || j < now.Secrets.Count)
        {
            var order = i == old.Secrets.Count ? 1 : j == now.Secrets.Count ? -1 : OpenCoffer.CompareKeys(old.Secrets[i].Key, now.Secrets[j].Key);
            if (order < 0)
            {
                var (key, value) = old.Secrets[i++];
                changes.Add(new DefinitionChange.SecretRemoved(client, key, value.Kind));
            }
            else if (order > 0)
            {
                var (key, value) = now.Secrets[j++];
                changes.Add(new DefinitionChange.SecretAdded(client, key, value.Kind));
            }
            else
            {
                var (key, before) = old.Secrets[i++];
                var after = now.Secrets[j++].Value;
                if (!before.Equals(after)) changes.Add(new DefinitionChange.SecretChanged(client, key, before.Kind, after.Kind));
            }
        }
    }
}
