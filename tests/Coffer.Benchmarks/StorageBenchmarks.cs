using System.Security.Cryptography;
using BenchmarkDotNet.Attributes;
using Coffer.Crypto.Keys;
using Coffer.Crypto.Sealing;

namespace Coffer.Benchmarks;

/// <summary>A coffer of 1 KB sealed for storage and opened, its digest, and a public key read from text.</summary>
[MemoryDiagnoser]
[ShortRunJob]
public class StorageBenchmarks : IDisposable
{
    private readonly KeyPair _server = KeyPair.Generate();
    private readonly PublicKey _owner;
    private readonly string _text;
    private readonly StorageSeal _seal;
    private readonly SealedCoffer _sealed;
    private readonly byte[] _coffer = RandomNumberGenerator.GetBytes(1024);
    private readonly byte[] _opened = new byte[1024];

    /// <summary>Makes the keys.</summary>
    public StorageBenchmarks()
    {
        using var client = KeyPair.Generate();
        _owner = client.PublicKey;
        _text = _owner.ToString();
        _seal = new StorageSeal(_server);
        _sealed = _seal.Seal(_owner, 1, _coffer);
    }

    /// <summary>Seals 1 KB.</summary>
    [Benchmark]
    public SealedCoffer Seal() => _seal.Seal(_owner, 1, _coffer);

    /// <summary>Opens 1 KB.</summary>
    [Benchmark]
    public bool Open() => _seal.TryOpen(_owner, _sealed, _opened);

    /// <summary>The keyed digest of 1 KB.</summary>
    [Benchmark]
    public byte[] Digest() => _seal.Digest(_owner, _coffer);

    /// <summary>Reads a public key's text.</summary>
    [Benchmark]
    public PublicKey ReadPublicKey() => PublicKey.Parse(_text);

    /// <inheritdoc/>
    [GlobalCleanup]
    public void Dispose()
    {
        _seal.Dispose();
        _server.Dispose();
        GC.SuppressFinalize(this);
    }
}
