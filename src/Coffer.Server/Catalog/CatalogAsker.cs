using Akka.Actor;
using Coffer.Server.Edge;

namespace Coffer.Server.Catalog;

/// <summary>Brings one command to the catalog, wherever it is, and watches over it until it has answered.</summary>
/// <remarks>
/// state   | on             | does                                             | then
/// Finding | CatalogHere    | watches the catalog, and tells it the command    | Asked
///         | Expired        | answers that there is no catalog                 | stops
/// Asked   | LoadOutcome    | answers it                                       | stops
///         | Terminated     | answers that it is not known what became of it   | stops
///         | Expired        | likewise                                         | stops
/// any     | node stops     | likewise                                         | stops
/// </remarks>
internal sealed class CatalogAsker : UntypedActor, IWithTimers
{
    // Longer than the catalog takes to move to another node.
    private static readonly TimeSpan FindWithin = TimeSpan.FromSeconds(30);

    // Far beyond what a load of a million clients takes.
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromMinutes(15);

    private readonly IActorRef _proxy;
    private readonly CatalogCommand _command;
    private readonly TaskCompletionSource<LoadOutcome> _answer;

    private CatalogAsker(IActorRef proxy, CatalogCommand command, TaskCompletionSource<LoadOutcome> answer)
    {
        _proxy = proxy;
        _command = command;
        _answer = answer;
    }

    /// <param name="proxy">What finds the catalog in the cluster.</param>
    /// <param name="command">The command.</param>
    /// <param name="answer">Set once, whatever happens.</param>
    internal static Props Props(IActorRef proxy, CatalogCommand command, TaskCompletionSource<LoadOutcome> answer) =>
        Akka.Actor.Props.CreateBy(new Producer<CatalogAsker>(() => new CatalogAsker(proxy, command, answer)));

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart()
    {
        _proxy.Tell(CatalogSignals.FindCatalog.Instance);
        Timers.StartSingleTimer(Expired.Instance, Expired.Instance, FindWithin);
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case CatalogSignals.CatalogHere:
                Context.Watch(Sender);
                Sender.Tell(_command);
                Timers.StartSingleTimer(Expired.Instance, Expired.Instance, AnswerWithin);
                Become(Asked);
                break;
            case Expired:
                Answer(new LoadOutcome.Refused(LoadRefusal.Busy, ["nothing was written: the cluster has no catalog now"], "look at 'coffer-ctl cluster show', and try again"));
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void Asked(object message)
    {
        switch (message)
        {
            case LoadOutcome outcome:
                Answer(outcome);
                break;
            case Terminated:
                Answer(Unknown("the catalog went away, with its node or to another one, before it answered"));
                break;
            case Expired:
                Answer(Unknown("the catalog has not answered within 15 minutes"));
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    protected override void PostStop() => _answer.TrySetResult(Unknown("this node stopped before the catalog answered"));

    private static LoadOutcome.Refused Unknown(string why) => new(LoadRefusal.Busy, [why], "'coffer-ctl coffer history' shows whether the revision was written");

    private void Answer(LoadOutcome outcome)
    {
        _answer.TrySetResult(outcome);
        Context.Stop(Self);
    }

    private sealed class Expired : INoSerializationVerificationNeeded
    {
        internal static readonly Expired Instance = new();
    }
}
