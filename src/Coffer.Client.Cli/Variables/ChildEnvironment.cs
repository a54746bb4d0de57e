using System.Security.Cryptography;
using System.Text;
using Coffer.Shared;

namespace Coffer.Client.Cli.Variables;

/// <summary>How the coffer meets what is already set.</summary>
/// <param name="Pristine">Start from nothing but <paramref name="Keep"/>.</param>
/// <param name="Keep">Names that a pristine environment keeps.</param>
/// <param name="NoOverride">Leave alone what is already set.</param>
internal sealed record Inheritance(bool Pristine, string[] Keep, bool NoOverride);

/// <summary>The environment of the program to start: what is inherited, then what the coffer holds.</summary>
internal sealed unsafe class ChildEnvironment : IDisposable
{
    private readonly List<nint> _entries = [];
    private readonly List<byte[]> _secrets = [];
    private readonly List<string> _overridden = [];

    private ChildEnvironment()
    {
    }

    /// <summary>The names that were set to something else before.</summary>
    internal IReadOnlyList<string> Overridden => _overridden;

    /// <summary>Addresses of <c>NAME=value</c>, each ending in NUL, good until this is disposed.</summary>
    internal IReadOnlyList<nint> Entries => _entries;

    /// <summary>Puts both together. <paramref name="secrets"/> have been checked: their names are ASCII and their values hold no NUL.</summary>
    internal static ChildEnvironment Compose(IReadOnlyList<nint> parent, IReadOnlyList<NamedSecret> secrets, Inheritance inheritance)
    {
        var child = new ChildEnvironment();
        var inherited = parent.Where(entry => IsInherited(ParentEnvironment.NameOf(entry), inheritance)).ToLookup(ParentEnvironment.NameOf);
        var taken = secrets.Where(secret => !inheritance.NoOverride || !inherited.Contains(secret.Name)).ToDictionary(secret => secret.Name);

        child._entries.AddRange(parent.Where(entry => IsInherited(ParentEnvironment.NameOf(entry), inheritance) && !taken.ContainsKey(ParentEnvironment.NameOf(entry))));
        foreach (var (name, secret) in taken)
        {
            var text = child.Add(secret);
            foreach (var entry in inherited[name].Take(1))
                if (!ParentEnvironment.ValueOf(entry).SequenceEqual(text)) child._overridden.Add(name);
        }
        return child;
    }

    /// <summary>Wipes the secrets: the program was not started.</summary>
    public void Dispose()
    {
        foreach (var secret in _secrets) CryptographicOperations.ZeroMemory(secret);
    }

    private static bool IsInherited(string name, Inheritance inheritance) =>
        !VariableName.IsReserved(name) && (!inheritance.Pristine || inheritance.Keep.Contains(name));

    // Pinned, so that its address holds and no copy is left behind.
    private ReadOnlySpan<byte> Add(NamedSecret secret)
    {
        var text = secret.Value.RevealAsText();
        var entry = GC.AllocateArray<byte>(secret.Name.Length + 1 + Encoding.UTF8.GetByteCount(text) + 1, pinned: true);
        Encoding.ASCII.GetBytes(secret.Name, entry);
        entry[secret.Name.Length] = (byte)'=';
        Encoding.UTF8.GetBytes(text, entry.AsSpan(secret.Name.Length + 1));
        _secrets.Add(entry);
        _entries.Add((nint)System.Runtime.CompilerServices.Unsafe.AsPointer(ref entry[0]));
        return entry.AsSpan(secret.Name.Length + 1, entry.Length - secret.Name.Length - 2);
    }
}
