using Coffer.Operations;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Coffer.Server.Operations;

/// <summary>What of a node is there only once its actors have started, while operators may ask from the beginning.</summary>
public sealed class StartedNode(IServiceProvider services, IHostApplicationLifetime lifetime)
{
    /// <summary>Whether the actors have started.</summary>
    public bool IsStarted => lifetime.ApplicationStarted.IsCancellationRequested;

    /// <summary>A part of the node.</summary>
    /// <exception cref="OperationException">It has not started.</exception>
    public T Get<T>() where T : notnull => IsStarted
        ? services.GetRequiredService<T>()
        : throw new OperationException(OperationFault.Busy, "the node is starting", "'coffer-ctl coffer status' says how far it is");
}
