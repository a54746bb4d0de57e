using System.Diagnostics;
using System.Security.Cryptography;
using Coffer.Crypto;

namespace Coffer.Load;

/// <summary>What a responder's handshake cannot cost less than: four X25519 agreements and one public key, as libsodium does them.</summary>
internal static unsafe class CryptoFloor
{
    private const int Rounds = 500;
    private const int Batches = 7;

    /// <summary>The median of some batches, in microseconds.</summary>
    internal static double MeasureMicroseconds()
    {
        Round();
        return Enumerable.Range(0, Batches).Select(_ => Batch()).Order().ElementAt(Batches / 2);
    }

    private static double Batch()
    {
        var begin = Stopwatch.GetTimestamp();
        for (var i = 0; i < Rounds; i++) Round();
        return Stopwatch.GetElapsedTime(begin).TotalMicroseconds / Rounds;
    }

    private static void Round()
    {
        Span<byte> bytes = stackalloc byte[3 * Sodium.KeySize];
        RandomNumberGenerator.Fill(bytes[..Sodium.KeySize]);
        fixed (byte* scalar = bytes)
        {
            var point = scalar + Sodium.KeySize;
            var shared = point + Sodium.KeySize;
            Sodium.ScalarMultBase(point, scalar);
            for (var i = 0; i < 4; i++) Sodium.ScalarMult(shared, scalar, point);
        }
    }
}
