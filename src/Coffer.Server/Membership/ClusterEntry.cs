using Akka.Actor;
using Akka.Cluster;
using Coffer.Server.Hosting;
using Microsoft.Extensions.Logging;

namespace Coffer.Server.Membership;

/// <summary>A node's way into its cluster, and out of it.</summary>
/// <remarks>
/// A node is let in, <c>Up</c>, when a majority of its seeds is there: a first seed that is started while it is cut off from a cluster that goes on
/// without it forms no second one that would serve.
/// </remarks>
internal sealed partial class ClusterEntry(ActorSystem system, ClusterOptions options, TimeSpan atMost, ILogger log)
{
    private static readonly TimeSpan SayAgainAfter = TimeSpan.FromSeconds(10);

    private readonly Cluster _cluster = Cluster.Get(system);

    /// <summary>Waits until the node is let in, and says what it waits for.</summary>
    /// <exception cref="StartupException">It was not let in in time.</exception>
    internal async Task EnterAsync(CancellationToken stopping)
    {
        var up = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _cluster.RegisterOnMemberUp(() => up.TrySetResult());
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        patience.CancelAfter(atMost);
        try
        {
            while (!up.Task.IsCompleted)
            {
                SayWhatFor();
                await Task.WhenAny(up.Task, Task.Delay(SayAgainAfter, patience.Token)).ConfigureAwait(false);
                patience.Token.ThrowIfCancellationRequested();
            }
        }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
        {
            throw new StartupException(
                ExitCode.NotJoined, $"not let into a cluster within {atMost.TotalSeconds:0} s, asking {Seeds}", "look at the log of the seeds, and at the lines before this one: they say which node was refused, and why");
        }
        LogUp(options.Self, _cluster.State.Members.Count);
    }

    /// <summary>What the process ends with once its actors have stopped; says so where it was not asked to end.</summary>
    internal ExitCode SayHowItEnded()
    {
        switch (CoordinatedShutdown.Get(system).ShutdownReason)
        {
            case CoordinatedShutdown.ClusterDowningReason:
                LogDowned(options.Self);
                return ExitCode.Downed;
            case CoordinatedShutdown.ClusterLeavingReason:
                LogLeft(options.Self);
                return ExitCode.Stopped;
            default:
                return ExitCode.Stopped;
        }
    }

    private string Seeds => string.Join(", ", options.Seeds);

    private void SayWhatFor()
    {
        if (_cluster.State.Members.IsEmpty) LogAsking(options.Self, Seeds);
        else LogWaiting(options.Self, _cluster.State.Members.Count, (options.Seeds.Count / 2) + 1, Seeds);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "node {Node} asks to be let into the cluster: waits for an answer of {Seeds}")]
    private partial void LogAsking(NodeAddress node, string seeds);

    [LoggerMessage(Level = LogLevel.Information, Message = "node {Node} sees {Members} nodes of the cluster: waits until {Majority} are there, a majority of {Seeds}")]
    private partial void LogWaiting(NodeAddress node, int members, int majority, string seeds);

    [LoggerMessage(Level = LogLevel.Information, Message = "node {Node} is in the cluster of {Members} nodes")]
    private partial void LogUp(NodeAddress node, int members);

    [LoggerMessage(Level = LogLevel.Error, Message = "this node was downed by the cluster: the others could not reach {Node} and go on without it; started again, it joins anew")]
    private partial void LogDowned(NodeAddress node);

    [LoggerMessage(Level = LogLevel.Information, Message = "node {Node} has left the cluster")]
    private partial void LogLeft(NodeAddress node);
}
