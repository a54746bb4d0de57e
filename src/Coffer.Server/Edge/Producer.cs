using Akka.Actor;

namespace Coffer.Server.Edge;

/// <summary>Makes an actor from a delegate: an expression, as <c>Props.Create</c> takes one, would be compiled for every connection.</summary>
internal sealed class Producer<TActor>(Func<TActor> create) : IIndirectActorProducer where TActor : ActorBase
{
    // What the actor needs of its mailbox is read off its type.
    public Type ActorType => typeof(TActor);

    public ActorBase Produce() => create();

    public void Release(ActorBase actor)
    {
    }
}
