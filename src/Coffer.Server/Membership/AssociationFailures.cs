using System.Collections.Concurrent;
using Akka.Actor;

namespace Coffer.Server.Membership;

/// <summary>Why a connection to another node failed last, in a few words. Thread safe.</summary>
internal sealed class AssociationFailures
{
    private const string AkkasWordsForTheEnd = "The remote system explicitly disassociated (reason unknown)";

    private readonly ConcurrentDictionary<Address, string> _last = new();

    /// <summary>The last failure of a connection to <paramref name="node"/>; null where there was none, or the last one succeeded.</summary>
    internal string? Find(Address node) => _last.GetValueOrDefault(node);

    internal void Failed(Address node, string why) => _last[node] = why;

    internal void Succeeded(Address node) => _last.TryRemove(node, out _);

    /// <summary>What the cause within says, in the system's words.</summary>
    internal static string InWords(Exception cause)
    {
        while (cause.InnerException is { } inner) cause = inner;
        var words = cause.Message.TrimEnd('.').ReplaceLineEndings(" ");
        return words == AkkasWordsForTheEnd ? "it ended the connection" : words;
    }
}
