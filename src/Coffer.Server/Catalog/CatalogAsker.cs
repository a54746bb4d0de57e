using System.Globalization;
using Akka.Actor;
using Coffer.Server.Edge;

namespace Coffer.Server.Catalog;

/// <summary>Brings one command to the catalog, wherever it is, and watches over it until it has answered.</summary>
/// <remarks>
/// state   | on             | does                                             | then
/// Finding | CatalogHere    | watches the catalog, and tells it the command    | Asked
///         | Expired        | answers that there is no catalog                 | stops
/// Asked   | LoadOutcome    | answers it                                       | stops
///         | AskAgain       | asks the catalog whether an answer is to come    | Asked
///         | ProgressTold,  | waits on                                         | Asked
///         | it is          |                                                  |
///         | ProgressTold,  | answers that it is not known what became of it   | stops
///         | it is not      |                                                  |
///         | Terminated     | likewise                                         | stops
///         | Expired        | likewise: the catalog says nothing               | stops
///         | node stops     | likewise                                         | stops
/// Finding | node stops     | answers that there is no catalog                 | stops
/// </remarks>
internal sealed class CatalogAsker : UntypedActor, IWithTimers
{
    // Longer than the catalog takes to move to another node.
    private static readonly TimeSpan FindWithin = TimeSpan.FromSeconds(30);

    // A command or its answer may be lost where a connection between nodes breaks, while neither of them dies of that.
    private static readonly TimeSpan AskEvery = TimeSpan.FromSeconds(10);

    // Longer than the cluster takes to find out that a node is gone.
    private static readonly TimeSpan SilentFor = TimeSpan.FromMinutes(1);

    /// <summary>The answer where the command never came to a catalog.</summary>
    internal static readonly LoadOutcome.Refused NoCatalog =
        new(LoadRefusal.Busy, ["nothing was written: the cluster has no catalog now"], "look at 'coffer-ctl cluster show', and try again");

    private readonly IActorRef _proxy;
    private readonly CatalogCommand _command;
    private readonly TaskCompletionSource<LoadOutcome> _answer;
    private LoadOutcome.Refused _atStop = NoCatalog;

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
                Expect();
                Timers.StartPeriodicTimer(AskAgain.Instance, AskAgain.Instance, AskEvery);
                _atStop = Unknown("this node stopped before the catalog answered");
                var catalog = Sender;
                Become(m => Asked(m, catalog));
                break;
            case Expired:
                Answer(NoCatalog);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void Asked(object message, IActorRef catalog)
    {
        switch (message)
        {
            case LoadOutcome outcome:
                Answer(outcome);
                break;
            case AskAgain:
                catalog.Tell(CatalogSignals.ProgressAsked.Instance);
                break;
            case CatalogSignals.ProgressTold { IsUnderWay: true }:
                Expect();
                break;
            // Its answer would have come before this.
            case CatalogSignals.ProgressTold:
                Answer(Unknown("the command, or the catalog's answer to it, was lost between the nodes"));
                break;
            case Terminated:
                Answer(Unknown("the catalog went away, with its node or to another one, before it answered"));
                break;
            case Expired:
                Answer(Unknown(string.Create(CultureInfo.InvariantCulture, $"nothing was heard of the catalog for {SilentFor.TotalSeconds} s")));
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    protected override void PostStop() => _answer.TrySetResult(_atStop);

    private static LoadOutcome.Refused Unknown(string why) => new(LoadRefusal.Busy, [why], "'coffer-ctl coffer history' shows whether the revision was written");

    private void Expect() => Timers.StartSingleTimer(Expired.Instance, Expired.Instance, SilentFor);

    private void Answer(LoadOutcome outcome)
    {
        _answer.TrySetResult(outcome);
        Context.Stop(Self);
    }

    private sealed class AskAgain : INoSerializationVerificationNeeded
    {
        internal static readonly AskAgain Instance = new();
    }

    private sealed class Expired : INoSerializationVerificationNeeded
    {
        internal static readonly Expired Instance = new();
    }
}
