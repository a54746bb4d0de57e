using Akka.Actor;
using Akka.Hosting;
using Coffer.Crypto.Keys;
using Coffer.Server.Catalog;
using Coffer.Server.Hosting;
using Coffer.Server.Remoting;
using Coffer.Server.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Coffer.Server.Membership;

/// <summary>Registers what a node of a cluster has and a node alone has not.</summary>
internal static class MembershipRegistration
{
    /// <summary>What lets the node into its cluster, and says when its <paramref name="certificate"/>, if there is one, has to be renewed.</summary>
    internal static IServiceCollection AddEntry(this IServiceCollection services, ClusterOptions cluster, ServerConfig config, NodeCertificate? certificate)
    {
        if (certificate is not null) services.AddSingleton(certificate).AddHostedService<CertificateEnd>();
        services.AddSingleton<AssociationFailures>().AddSingleton(provider => CommonGround.Of(provider.GetRequiredService<ServerKeys>().Public, config));
        return services.AddSingleton(provider => new ClusterEntry(
            provider.GetRequiredService<ActorSystem>(), cluster, provider.GetRequiredService<CommonGround>(), provider.GetRequiredService<AssociationFailures>(),
            new OtherCatalog(provider.GetRequiredService<ICofferStore>(), config.Leases), config.Join, provider.GetRequiredService<ILogger<ClusterEntry>>()));
    }

    /// <summary>Starts the door that other nodes knock at, and the watch over the members; gives remoting its <paramref name="certificate"/>, if there is one.</summary>
    internal static AkkaConfigurationBuilder AddMembership(this AkkaConfigurationBuilder builder, NodeCertificate? certificate, IServiceProvider services)
    {
        var clock = services.GetRequiredService<TimeProvider>();
        var logs = services.GetRequiredService<ILoggerFactory>();
        var failures = services.GetRequiredService<AssociationFailures>();
        var tls = certificate is null ? null : new NodeTls(certificate, new CertificateRefusals(certificate, clock, logs.CreateLogger<NodeCertificate>()));
        builder.AddSetup(new SocketTransportSetup(tls, clock, logs.CreateLogger<SocketTransport>()));
        return builder.WithActors((system, _) =>
        {
            system.ActorOf(ClusterWatch.Props(failures, logs.CreateLogger<ClusterWatch>()), "cluster-watch");
            system.ActorOf(Door.Props(services.GetRequiredService<CommonGround>(), clock, logs.CreateLogger<Door>()), Door.Name);
        });
    }
}
