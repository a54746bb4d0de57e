using System.Net;
using System.Text.Json;
using Coffer.Crypto.Keys;

namespace Coffer.Server.Audit;

/// <summary>What an event is about: the word in its field <c>event</c>.</summary>
internal enum AuditKind
{
    Fetch,
    Refusal,
    UnknownKey,
    Load,
    Rollback,
    Revoke,
    Restore,
    Command,

    /// <summary>Lines before this one could not be written.</summary>
    Lost,
}

/// <summary>One event as it will stand in the trail; a field that is null is left out of its line.</summary>
/// <remarks>Names of clients, public keys, addresses and counts only: never a secret, nor a secret's key, value or length.</remarks>
internal sealed class AuditEvent(DateTimeOffset time, AuditKind kind)
{
    internal DateTimeOffset Time => time;

    internal AuditKind Kind => kind;

    /// <summary>The client's name in the definition.</summary>
    internal string? Client { get; init; }

    /// <summary>The client's public key.</summary>
    internal PublicKey? Key { get; init; }

    internal EndPoint? Address { get; init; }

    internal string? Outcome { get; init; }

    internal long? Revision { get; init; }

    /// <summary>Writes the fields that only this kind of event has.</summary>
    internal Action<Utf8JsonWriter>? Rest { get; init; }
}
