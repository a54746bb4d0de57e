using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.CompilerServices;
using Coffer.Crypto.Keys;
using Coffer.Server.Catalog;

namespace Coffer.Server.Tests.Catalog;

/// <summary>Run alone: what is measured is the heap of the whole process.</summary>
[CollectionDefinition("alone", DisableParallelization = true)]
public sealed class Alone;

/// <summary>What a node needs to know everybody.</summary>
[Collection("alone")]
public sealed class KnownClientsMemorySpecs
{
    private const int Clients = 1_000_000;

    [Fact]
    public void A_million_clients_take_16_bytes_each()
    {
        var before = GC.GetTotalMemory(forceFullCollection: true);

        var known = Known();

        var taken = GC.GetTotalMemory(forceFullCollection: true) - before;
        TestContext.Current.TestOutputHelper!.WriteLine(string.Create(CultureInfo.InvariantCulture, $"known clients: {(double)taken / Clients:F2} bytes each ({Clients} of them)"));
        Assert.Equal(Clients, known.Count);
        // The arrays' headers, and what the process's own threads did meanwhile.
        Assert.InRange(taken, 1, 16 * Clients + 512 * 1024);
        GC.KeepAlive(known);
    }

    // By itself, so that nothing of what it is made from is left in a local of the measuring one.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static KnownClients Known() => KnownClients.None.With([.. Enumerable.Range(0, Clients).Select(i => KeyValuePair.Create(KeyOf(i), (long?)1))]);

    private static PublicKey KeyOf(int number)
    {
        var bytes = new byte[PublicKey.Size];
        BinaryPrimitives.WriteInt32BigEndian(bytes, number + 1);
        return new PublicKey(bytes);
    }
}
