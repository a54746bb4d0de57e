using Akka.TestKit.Xunit;

namespace Coffer.Server.Tests;

/// <summary>An actor system with probes for a spec; every message between actors is serialized, so one that cannot be shows.</summary>
public abstract class ActorSpecs(string config = "") : TestKit("""
    akka {
      loglevel = OFF
      stdout-loglevel = OFF
      test.single-expect-default = 30s
      test.default-timeout = 30s
      actor {
        serialize-messages = on
        serializers.coffer = "Coffer.Server.Serialization.CofferSerializer, coffer-server"
        serialization-bindings {
          "Coffer.Server.Coffers.ICofferMessage, coffer-server" = coffer
          "Coffer.Server.Coffers.ICofferReply, coffer-server" = coffer
          "Coffer.Server.Catalog.ICatalogSignal, coffer-server" = coffer
        }
      }
    }

    """ + config);
