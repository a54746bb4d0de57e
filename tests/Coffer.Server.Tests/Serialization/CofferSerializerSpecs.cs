using System.Runtime.Serialization;
using Akka.Actor;
using Coffer.Crypto.Keys;
using Coffer.Crypto.Sealing;
using Coffer.Server.Catalog;
using Coffer.Server.Coffers;
using Coffer.Server.Membership;
using Coffer.Server.Serialization;

namespace Coffer.Server.Tests.Serialization;

/// <summary>What crosses nodes: written as it was, read as it was, for as long as a node of that version may be in a cluster.</summary>
public sealed class CofferSerializerSpecs : ActorSpecs
{
    private const string Key = "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F";
    private static readonly PublicKey Owner = new(Convert.FromHexString(Key));
    private const string Second = "200102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F";
    private static readonly CommonGround Ground = new(Owner, LeaseMilliseconds: 10_000, Shards: 128);
    private static readonly CommonGround GroundOfTwoKeys = Ground with { Server = new(Owner, new PublicKey(Convert.FromHexString(Second))) };
    private readonly CofferSerializer _serializer;

    public CofferSerializerSpecs() => _serializer = new CofferSerializer((ExtendedActorSystem)Sys);

    /// <summary>Recorded once and for good: manifest, bytes, and what they say.</summary>
    public static TheoryData<string, string, string> Recorded() => new()
    {
        { "get-coffer/1", $"825820{Key}07", "query" },
        { "get-coffer/1", $"825820{Key}1BFFFFFFFF", "cut short" },
        { "coffer-found/1", "8366636C69656E740743010203", "found" },
        { "coffer-missing/1", "80", "missing" },
        { "coffer-unavailable/1", "80", "unavailable" },
        { "revision-moved/1", "811A000F4240", "moved" },
        { "revision-confirmed/1", "8109", "confirmed" },
        { "find-catalog/1", "80", "find catalog" },
        { "catalog-here/1", "80", "catalog here" },
        { "progress-asked/1", "80", "progress asked" },
        { "progress-told/1", "81F5", "progress told" },
        { "lease-wanted/2", "821A000F42400C", "lease wanted" },
        { "lease-granted/1", "831A000F42400307", "lease granted" },
        { "term-asked/1", "820318C8", "term asked" },
        { "term-known/1", "8118C8", "term known" },
        { "get-coffer-anew/1", $"825820{Key}07", "query anew" },
        { "knock/3", $"845820{Key}F61927101880", "knock" },
        { "knock/3", $"845820{Key}5820{Second}1927101880", "knock of two keys" },
        { "answered/3", $"855820{Key}F61927101880F5", "answered" },
        { "answered/3", $"855820{Key}5820{Second}1927101880F5", "answered of two keys" },
        { "roll-back/1", "8107", "roll back" },
        { "roll-back/2", "820718C8", "roll back from a revision" },
        { "coffer-found-anew/1", "8366636C69656E740743010203", "found anew" },
        { "revoke/1", $"815820{Key}", "revoke" },
        { "restore/1", $"815820{Key}", "restore" },
        { "revoke/2", $"825820{Key}66636C69656E74", "revoke by name" },
        { "restore/2", $"825820{Key}66636C69656E74", "restore by name" },
    };

    [Theory]
    [MemberData(nameof(Recorded))]
    public void Reads_and_writes_the_recorded_bytes(string manifest, string hex, string what)
    {
        var bytes = Convert.FromHexString(hex);
        if (what == "cut short")
        {
            Assert.ThrowsAny<Exception>(() => _serializer.FromBinary(bytes, manifest));
            return;
        }
        object message = what switch
        {
            "query" => new CofferQueries.GetCoffer(Owner, 7),
            "found" => new CofferReplies.CofferFound("client", new SealedCoffer(7, new byte[] { 1, 2, 3 })),
            "missing" => CofferReplies.CofferMissing.Instance,
            "unavailable" => CofferReplies.CofferUnavailable.Instance,
            "moved" => new CatalogSignals.RevisionMoved(1_000_000),
            "find catalog" => CatalogSignals.FindCatalog.Instance,
            "catalog here" => CatalogSignals.CatalogHere.Instance,
            "progress asked" => CatalogSignals.ProgressAsked.Instance,
            "progress told" => new CatalogSignals.ProgressTold(IsUnderWay: true),
            "lease wanted" => new CatalogSignals.LeaseWanted(1_000_000, 12),
            "lease granted" => new CatalogSignals.LeaseGranted(1_000_000, 3, 7),
            "term asked" => new CatalogSignals.TermAsked(3, 200),
            "term known" => new CatalogSignals.TermKnown(200),
            "query anew" => new CofferQueries.GetCoffer(Owner, 7, IsAnew: true),
            "knock of two keys" => new Knock(GroundOfTwoKeys),
            "answered of two keys" => new Answered(GroundOfTwoKeys, IsMember: true),
            "knock" => new Knock(Ground),
            "answered" => new Answered(Ground, IsMember: true),
            "roll back" => new CatalogCommands.RollBack(7),
            "roll back from a revision" => new CatalogCommands.RollBack(7, Expected: 200),
            "found anew" => new CofferReplies.CofferFound("client", new SealedCoffer(7, new byte[] { 1, 2, 3 }), IsAnew: true),
            "revoke" => new CatalogCommands.Revoke(Owner),
            "restore" => new CatalogCommands.Restore(Owner),
            "revoke by name" => new CatalogCommands.Revoke(Owner, "client"),
            "restore by name" => new CatalogCommands.Restore(Owner, "client"),
            _ => new CatalogSignals.RevisionConfirmed(9),
        };

        Assert.Equal((manifest, hex), (_serializer.Manifest(message), Convert.ToHexString(_serializer.ToBinary(message))));
        var read = _serializer.FromBinary(bytes, manifest);
        Assert.Equal(message.GetType(), read.GetType());
        Assert.Equal(hex, Convert.ToHexString(_serializer.ToBinary(read)));
    }

    [Fact]
    public void Says_that_it_does_not_know_a_manifest_of_a_newer_version()
    {
        var e = Assert.Throws<SerializationException>(() => _serializer.FromBinary([0x80], "get-coffer/2"));

        Assert.Contains("get-coffer/2", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Does_not_write_what_it_has_no_manifest_for() => Assert.Throws<ArgumentException>(() => _serializer.Manifest("text"));

    [Fact]
    public void Is_found_by_the_identifier_that_other_versions_know_it_by() => Assert.Equal(9187, _serializer.Identifier);
}
