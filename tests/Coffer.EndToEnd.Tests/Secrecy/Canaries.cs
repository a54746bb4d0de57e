using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Coffer.EndToEnd.Tests.Client;

namespace Coffer.EndToEnd.Tests.Secrecy;

/// <summary>Byte strings that must be nowhere, and what has been written where they might be.</summary>
internal sealed class Canaries
{
    private readonly List<(string What, byte[] Form)> _forms = [];
    private readonly List<(string Where, byte[] Bytes)> _written = [];

    /// <summary>A text that is nowhere else.</summary>
    internal static string NewText() => "canary-" + RandomNumberGenerator.GetHexString(32, lowercase: true);

    /// <summary>A number that is nowhere else.</summary>
    internal static long NewNumber() => RandomNumberGenerator.GetInt32(int.MaxValue) * 1_000_000_007L + 1_000_000_000_000_000_000L;

    /// <summary>A text: as UTF-8 and UTF-16, in hexadecimal and in base64, whatever stands before it.</summary>
    internal void Plant(string what, string text)
    {
        Plant(what, Encoding.UTF8.GetBytes(text));
        _forms.Add(($"{what} as UTF-16", Encoding.Unicode.GetBytes(text)));
        _forms.Add(($"{what} as UTF-16 of the other order", Encoding.BigEndianUnicode.GetBytes(text)));
    }

    /// <summary>A number: as a text of digits, and as its eight bytes in both orders; CBOR has them with the highest first, behind a byte of its own.</summary>
    internal void Plant(string what, long number)
    {
        var bytes = new byte[sizeof(long)];
        Plant(what, number.ToString(CultureInfo.InvariantCulture));
        BinaryPrimitives.WriteInt64BigEndian(bytes, number);
        Plant($"{what} as bytes", bytes);
        Plant($"{what} as bytes of the other order", [.. bytes.Reverse()]);
    }

    /// <summary>Bytes: as they are, in hexadecimal with and without dashes, and in base64.</summary>
    internal void Plant(string what, byte[] bytes)
    {
        var hex = Convert.ToHexString(bytes);
        _forms.Add((what, bytes));
        foreach (var digits in new[] { hex, string.Join('-', hex.Chunk(2).Select(pair => new string(pair))), string.Join('-', hex.Chunk(4).Select(group => new string(group))) })
        {
            _forms.Add(($"{what} in hexadecimal", Encoding.ASCII.GetBytes(digits)));
            _forms.Add(($"{what} in hexadecimal", Encoding.ASCII.GetBytes(digits.ToLowerInvariant())));
        }
        foreach (var inner in InnerBase64(bytes))
        {
            _forms.Add(($"{what} in base64", Encoding.ASCII.GetBytes(inner)));
            _forms.Add(($"{what} in base64 for URLs", Encoding.ASCII.GetBytes(inner.Replace('+', '-').Replace('/', '_'))));
        }
    }

    /// <summary>The secret key in <paramref name="file"/>, which keygen or a bench wrote.</summary>
    // RFC 8410: the key is the last 32 bytes of the DER.
    internal void PlantKey(string what, string file) => Plant(what, Convert.FromBase64String(string.Concat(File.ReadAllLines(file).Where(line => !line.StartsWith('-'))))[^32..]);

    /// <summary>The secret keys that a bench has made, which says where each file of it is.</summary>
    internal void PlantKeysOf(Func<string, string> bench)
    {
        foreach (var file in new[] { "server.pem", "companion.pem", "client.pem" }) PlantKey($"the secret key in {file}", bench(file));
    }

    /// <summary>Something was written there.</summary>
    internal void Collect(string where, byte[] bytes) => _written.Add((where, bytes));

    internal void Collect(string where, string text) => Collect(where, Encoding.UTF8.GetBytes(text));

    internal void Collect(string what, Ended ended)
    {
        Collect($"{what}: stdout", ended.Output);
        Collect($"{what}: stderr", ended.Error);
    }

    /// <summary>Where something was collected.</summary>
    internal IReadOnlyList<string> Places => [.. _written.Select(written => written.Where)];

    /// <summary>Each canary found, and where: none is as it should be.</summary>
    internal IReadOnlyList<string> Found() =>
    [
        .. from written in _written
           from form in _forms
           where written.Bytes.AsSpan().IndexOf(form.Form) >= 0
           select $"{form.What} is in {written.Where}",
    ];

    // The letters that do not depend on what stands before and after, for each of the three places that the first byte may have in its group.
    private static IEnumerable<string> InnerBase64(byte[] bytes)
    {
        for (var before = 0; before < 3; before++)
        {
            var whole = Convert.ToBase64String([.. new byte[before], .. bytes]);
            var first = (before * 8 + 5) / 6;
            var last = (before + bytes.Length) * 8 / 6;
            yield return whole[first..last];
        }
    }
}
