using System.Text;

namespace Coffer.Server.Metrics;

/// <summary>An attribute whose values are those of an enumeration, in snake case; made once, so that a measurement allocates nothing.</summary>
internal sealed class ClosedSet<T>(string key) where T : struct, Enum
{
    private readonly Dictionary<T, KeyValuePair<string, object?>> _tags = Enum.GetValues<T>().ToDictionary(value => value, value => new KeyValuePair<string, object?>(key, SnakeCase(value.ToString())));

    internal IEnumerable<KeyValuePair<string, object?>> All => _tags.Values;

    internal KeyValuePair<string, object?> this[T value] => _tags[value];

    private static string SnakeCase(string name)
    {
        var words = new StringBuilder();
        foreach (var c in name)
        {
            if (char.IsUpper(c) && words.Length > 0) words.Append('_');
            words.Append(char.ToLowerInvariant(c));
        }
        return words.ToString();
    }
}
