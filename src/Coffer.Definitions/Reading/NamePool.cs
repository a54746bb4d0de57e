namespace Coffer.Definitions.Reading;

/// <summary>Keeps one string for a name that stands in many tables, as the names of secrets do.</summary>
internal sealed class NamePool
{
    // Beyond this, names do not repeat and keeping them gains nothing.
    private const int MaxNames = 65_536;

    private readonly HashSet<string> _names = [];
    private readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> _lookup;

    internal NamePool() => _lookup = _names.GetAlternateLookup<ReadOnlySpan<char>>();

    internal string Get(ReadOnlySpan<char> name)
    {
        if (_lookup.TryGetValue(name, out var pooled)) return pooled;
        var made = name.ToString();
        if (_names.Count < MaxNames) _names.Add(made);
        return made;
    }
}
