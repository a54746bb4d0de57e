using System.Globalization;
using System.Text;
using Coffer.Protocol.Secrets;

namespace Coffer.Definitions.Tests;

/// <summary>A definition made from a seed: its TOML, written here by hand, and what it holds.</summary>
internal static class GeneratedDefinition
{
    private static readonly string[] Letters = ["a", "B", "7", "_", "-", " ", ".", "é", "ß", "漢", "😀", "\"", "'", "\\", "\n", "\r\n", "\t", "\b", "#", "=", "[", "]", "\u001b", "\u007f", "{", "}", "$", "`"];

    internal static (string Toml, Dictionary<string, Dictionary<string, SecretValue>> Clients) Make(int seed)
    {
        var random = new Random(seed);
        var clients = new Dictionary<string, Dictionary<string, SecretValue>>();
        var names = new StringBuilder("[clients]\n");
        var tables = new StringBuilder();
        for (var i = random.Next(1, 8); i > 0; i--)
        {
            var name = Text(random, 1, 12);
            if (name == "clients" || !clients.TryAdd(name, [])) continue;
            names.Append($"{Basic(name)} = '{Keys.Text(name)}' # {i}\n");
            if (random.Next(5) == 0) continue;

            tables.Append($" [ {Basic(name)} ]\r\n");
            for (var j = random.Next(0, 10); j > 0; j--)
            {
                var key = Text(random, 1, 10);
                var (value, written) = Value(random);
                if (clients[name].TryAdd(key, value)) tables.Append($"\t{Basic(key)}\t= {written}\n\n");
            }
        }
        return (random.Next(2) == 0 ? $"{names}\n{tables}" : $"{tables}\n{names}", clients);
    }

    private static (SecretValue Value, string Written) Value(Random random)
    {
        switch (random.Next(8))
        {
            case 0:
                var integer = random.NextInt64(long.MinValue, long.MaxValue);
                return (SecretValue.OfInteger(integer), integer.ToString(CultureInfo.InvariantCulture));
            case 1:
                var number = BitConverter.Int64BitsToDouble(random.NextInt64());
                return (SecretValue.OfFloat(number), SecretValue.OfFloat(number).RevealAsText());
            case 2:
                return (SecretValue.OfBoolean(true), "true");
            case 3:
                var date = new DateTime(random.NextInt64(DateTime.MaxValue.Ticks));
                return (SecretValue.OfDate(SecretKind.OffsetDateTime, date.ToString("yyyy-MM-dd'T'HH:mm:ss.ffff-07:30", CultureInfo.InvariantCulture)), date.ToString("yyyy-MM-dd HH:mm:ss.ffff-07:30", CultureInfo.InvariantCulture));
            case 4:
                var day = DateOnly.FromDayNumber(random.Next(DateOnly.MaxValue.DayNumber)).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
                return (SecretValue.OfDate(SecretKind.LocalDate, day), day);
            case 5:
                var lines = Text(random, 0, 60);
                return (SecretValue.OfText(lines), $"\"\"\"\n{Escaped(lines, keepLines: true)}\"\"\"");
            default:
                var text = Text(random, 0, 40);
                return (SecretValue.OfText(text), Basic(text));
        }
    }

    private static string Text(Random random, int least, int most) => string.Concat(Enumerable.Range(0, random.Next(least, most)).Select(_ => Letters[random.Next(Letters.Length)]));

    private static string Basic(string text) => $"\"{Escaped(text, keepLines: false)}\"";

    private static string Escaped(string text, bool keepLines)
    {
        var written = new StringBuilder();
        foreach (var c in text)
        {
            if (c is '"' or '\\') written.Append('\\').Append(c);
            else if (c is '\n' or '\r' && keepLines || !char.IsControl(c)) written.Append(c);
            else written.Append($"\\u{(int)c:x4}");
        }
        return written.ToString();
    }
}
