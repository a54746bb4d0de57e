namespace Coffer.Operations.Rows;

/// <summary>A line of the node's log, as it stands there.</summary>
public sealed record LogRow(string Line);

/// <summary>The least level that is logged.</summary>
/// <param name="Level"><c>debug</c>, <c>info</c>, <c>warning</c> or <c>error</c>.</param>
/// <param name="Before">The level before; null where it was only looked at.</param>
public sealed record LevelRow(string Level, string? Before);

/// <summary>An actor, or so many alike ones that are not shown each.</summary>
/// <param name="Path">Its path.</param>
/// <param name="Depth">How many parents it has.</param>
/// <param name="Name">The last part of its path; empty where this row stands for several.</param>
/// <param name="Type">Its class.</param>
/// <param name="Count">How many actors this row stands for.</param>
public sealed record ActorRow(string Path, int Depth, string Name, string Type, int Count);

/// <summary>The actor system and the process around it.</summary>
/// <param name="System">The system's name.</param>
/// <param name="Version">The server's version.</param>
/// <param name="Akka">Akka's version.</param>
/// <param name="Runtime">The runtime's version.</param>
/// <param name="Process">The process id.</param>
/// <param name="UptimeSeconds">For how long the actor system has been running.</param>
/// <param name="CpuSeconds">How much processor time the process took.</param>
/// <param name="Processors">How many processors it may use.</param>
/// <param name="Threads">How many threads it has.</param>
/// <param name="PoolThreads">How many of them are the thread pool's.</param>
/// <param name="PendingWork">How much work waits for the thread pool.</param>
/// <param name="ResidentBytes">Its memory.</param>
/// <param name="HeapBytes">How much of it the collected heap has.</param>
/// <param name="AllocatedBytes">How much was ever allocated there.</param>
/// <param name="Collections">How many collections there were, by generation.</param>
/// <param name="PauseSeconds">How long collections stopped the process, in all.</param>
public sealed record ActorSystemRow(
    string System, string Version, string Akka, string Runtime, int Process, double UptimeSeconds, double CpuSeconds, int Processors, int Threads, int PoolThreads,
    long PendingWork, long ResidentBytes, long HeapBytes, long AllocatedBytes, IReadOnlyList<int> Collections, double PauseSeconds);

/// <summary>An operation, for who looks at the socket without this room.</summary>
/// <param name="Operation">Its palette and verb.</param>
/// <param name="Method"><c>GET</c>, <c>POST</c>, or both.</param>
/// <param name="Path">Where it is.</param>
/// <param name="Summary">What it does.</param>
/// <param name="Arguments">The names of its arguments; those it cannot do without end in <c>!</c>.</param>
/// <param name="TakesFile">Whether the body is a file.</param>
public sealed record OperationRow(string Operation, string Method, string Path, string Summary, IReadOnlyList<string> Arguments, bool TakesFile);
