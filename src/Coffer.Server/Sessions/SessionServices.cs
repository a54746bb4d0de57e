using Akka.Actor;
using Coffer.Crypto.Keys;
using Coffer.Crypto.Sealing;
using Coffer.Server.Catalog;

namespace Coffer.Server.Sessions;

/// <summary>What all sessions of a node share.</summary>
/// <param name="Server">The key pairs that clients pin.</param>
/// <param name="Seal">Opens what is stored.</param>
/// <param name="View">Who is known here, and which revision counts.</param>
/// <param name="Coffers">The shard region of the entities.</param>
/// <param name="Limits">How long each state may last.</param>
/// <param name="Record">Where conversations leave their traces.</param>
public sealed record SessionServices(ServerKeys Server, StorageSeal Seal, INodeView View, IActorRef Coffers, SessionLimits Limits, SessionRecord Record);
