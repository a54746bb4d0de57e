using System.Diagnostics;
using System.Globalization;

namespace Coffer.Benchmarks;

/// <summary>The responder's half of a handshake beside its floor, in pairs of short turns, so that both meet the same noise of the machine; the medians count.</summary>
internal static class HandshakeFloor
{
    private const int Pairs = 301;
    private const int PerTurn = 20;

    internal static void Print(TextWriter output)
    {
        using var handshake = new RecordedHandshake();
        Action floor = handshake.Floor;
        Action respond = handshake.Respond;
        for (var i = 0; i < 100; i++)
        {
            Turn(floor);
            Turn(respond);
        }
        // The tiered compiler works in the background on what has become hot.
        Thread.Sleep(500);

        var floors = new double[Pairs];
        var responders = new double[Pairs];
        var allocated = 0L;
        for (var i = 0; i < Pairs; i++)
        {
            // Who goes first alternates.
            if (i % 2 == 0) floors[i] = Turn(floor);
            var before = GC.GetAllocatedBytesForCurrentThread();
            responders[i] = Turn(respond);
            allocated += GC.GetAllocatedBytesForCurrentThread() - before;
            if (i % 2 != 0) floors[i] = Turn(floor);
        }

        var ratio = Median([.. responders.Zip(floors, (responder, floor) => responder / floor)]);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"handshake-floor-us: {Median(floors):F1} handshake-responder-us: {Median(responders):F1} ratio: {ratio:F3} allocated-bytes: {(double)allocated / (Pairs * PerTurn):0.##}"));
    }

    private static double Turn(Action once)
    {
        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i < PerTurn; i++) once();
        return Stopwatch.GetElapsedTime(start).TotalMicroseconds / PerTurn;
    }

    private static double Median(double[] values)
    {
        Array.Sort(values);
        return values[values.Length / 2];
    }
}
