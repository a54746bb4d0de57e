using BenchmarkDotNet.Attributes;

namespace Coffer.Benchmarks;

/// <summary>What a handshake costs each side, beside four agreements and one public key by libsodium alone.</summary>
[MemoryDiagnoser]
[ShortRunJob]
public class HandshakeBenchmarks : IDisposable
{
    private readonly RecordedHandshake _handshake = new();

    /// <summary>4 <c>crypto_scalarmult_curve25519</c> and 1 base.</summary>
    [Benchmark(Baseline = true)]
    public void Floor() => _handshake.Floor();

    /// <summary>Reads message 1, writes message 2, splits.</summary>
    [Benchmark]
    public void Responder() => _handshake.Respond();

    /// <summary>Writes message 1.</summary>
    [Benchmark]
    public void InitiatorHello() => _handshake.Hello();

    /// <inheritdoc/>
    [GlobalCleanup]
    public void Dispose()
    {
        _handshake.Dispose();
        GC.SuppressFinalize(this);
    }
}
