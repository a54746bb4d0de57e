using System.Globalization;
using System.Text;
using Coffer.Protocol.Secrets;

namespace Coffer.Protocol.Tests.Cbor;

/// <summary>Coffers of all types, text of every plane, and the numbers where encodings change their length.</summary>
internal static class GeneratedCoffer
{
    private static readonly long[] Integers =
        [0, 1, 23, 24, 255, 256, 65_535, 65_536, uint.MaxValue, 1L + uint.MaxValue, long.MaxValue, -1, -24, -25, -256, -257, -65_536, -65_537, long.MinValue];

    private static readonly double[] Floats =
        [0.0, -0.0, 1.0, -1.5, 0.1, double.Epsilon, double.MaxValue, double.MinValue, double.NaN, double.PositiveInfinity, double.NegativeInfinity];

    internal static OpenCoffer Of(Random random, int secrets)
    {
        var keys = new HashSet<string>();
        while (keys.Count < secrets) keys.Add(Text(random, 1 + random.Next(40)));
        return OpenCoffer.Of(keys.Select(key => KeyValuePair.Create(key, Value(random))));
    }

    private static SecretValue Value(Random random) => random.Next(8) switch
    {
        0 => SecretValue.OfText(Text(random, random.Next(300))),
        1 => SecretValue.OfInteger(Integers[random.Next(Integers.Length)]),
        2 => SecretValue.OfInteger(random.NextInt64(long.MinValue, long.MaxValue) >> random.Next(64)),
        3 => SecretValue.OfFloat(Floats[random.Next(Floats.Length)]),
        4 => SecretValue.OfFloat(BitConverter.Int64BitsToDouble(random.NextInt64(long.MinValue, long.MaxValue))),
        5 => SecretValue.OfBoolean(random.Next(2) == 0),
        var n => Date(random, n == 6),
    };

    private static SecretValue Date(Random random, bool withFraction)
    {
        var moment = DateTime.UnixEpoch.AddSeconds(random.NextInt64(-10_000_000_000, 100_000_000_000));
        var date = moment.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        var time = moment.ToString("HH:mm:ss", CultureInfo.InvariantCulture) + (withFraction ? "." + random.NextInt64(0, 1_000_000_000_000).ToString(CultureInfo.InvariantCulture) : "");
        return random.Next(4) switch
        {
            0 => SecretValue.OfDate(SecretKind.LocalDate, date),
            1 => SecretValue.OfDate(SecretKind.LocalTime, time),
            2 => SecretValue.OfDate(SecretKind.LocalDateTime, $"{date}T{time}"),
            _ => SecretValue.OfDate(SecretKind.OffsetDateTime, $"{date}T{time}{(random.Next(2) == 0 ? "Z" : "-07:30")}"),
        };
    }

    private static string Text(Random random, int length)
    {
        var text = new StringBuilder();
        while (length-- > 0)
            if (Rune.TryCreate(random.Next(random.Next(3) switch { 0 => 0x80, 1 => 0x10000, _ => 0x110000 }), out var rune)) text.Append(rune);
        return text.ToString();
    }
}
