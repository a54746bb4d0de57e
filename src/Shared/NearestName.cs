namespace Coffer.Shared;

/// <summary>Finds the name that a mistyped one was probably meant to be.</summary>
/// <remarks>Case and one in three letters may differ; letters changed, left out, added or swapped with their neighbour count one each.</remarks>
internal sealed class NearestName(IEnumerable<string> names)
{
    // A hundred hints help; comparing every table of a large file with every client would take minutes.
    private const int MaxSearches = 100;
    private const int MaxLength = 64;

    private readonly string[] _names = [.. names.Where(name => name.Length is > 0 and <= MaxLength)];
    private int _searches;

    /// <summary>The name nearest to <paramref name="name"/>; null where none is near, or after a hundred searches.</summary>
    internal string? Find(string name)
    {
        if (name.Length > MaxLength || _searches++ >= MaxSearches) return null;

        string? nearest = null;
        var least = Math.Max(1, name.Length / 3) + 1;
        foreach (var candidate in _names)
        {
            if (Math.Abs(candidate.Length - name.Length) >= least) continue;
            var distance = Distance(name, candidate);
            if (distance >= least) continue;
            least = distance;
            nearest = candidate;
        }
        return nearest;
    }

    private static int Distance(ReadOnlySpan<char> left, ReadOnlySpan<char> right)
    {
        Span<int> rows = stackalloc int[3 * (MaxLength + 1)];
        var before = rows[..(MaxLength + 1)];
        var last = rows[(MaxLength + 1)..(2 * (MaxLength + 1))];
        var row = rows[(2 * (MaxLength + 1))..];
        for (var j = 0; j <= right.Length; j++) last[j] = j;
        for (var i = 1; i <= left.Length; i++)
        {
            row[0] = i;
            for (var j = 1; j <= right.Length; j++)
            {
                var cost = Same(left[i - 1], right[j - 1]) ? 0 : 1;
                row[j] = Math.Min(Math.Min(row[j - 1], last[j]) + 1, last[j - 1] + cost);
                if (i > 1 && j > 1 && Same(left[i - 1], right[j - 2]) && Same(left[i - 2], right[j - 1])) row[j] = Math.Min(row[j], before[j - 2] + 1);
            }
            var oldest = before;
            before = last;
            last = row;
            row = oldest;
        }
        return last[right.Length];
    }

    private static bool Same(char left, char right) => char.ToLowerInvariant(left) == char.ToLowerInvariant(right);
}
