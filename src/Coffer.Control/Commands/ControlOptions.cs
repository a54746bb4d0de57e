using System.CommandLine;
using Coffer.Operations;

namespace Coffer.Control.Commands;

/// <summary>The options that all commands share: which node, and how to show what it says.</summary>
internal sealed class ControlOptions
{
    private readonly Option<string> _data = new("--data") { HelpName = "DIR", Description = "the server's data directory [COFFER_DATA]", Recursive = true };
    private readonly Option<string> _socket = new("--socket") { HelpName = "FILE", Description = "its control socket, where that is elsewhere [COFFER_SOCKET]", Recursive = true };
    private readonly Option<bool> _json = new("--json") { Description = "print rows as JSON, one a line, as the server sends them", Recursive = true };

    internal void AddTo(RootCommand root)
    {
        root.Options.Add(_data);
        root.Options.Add(_socket);
        root.Options.Add(_json);
    }

    /// <summary>The socket: what is said on the command line counts before the environment, and a socket before a directory.</summary>
    internal string Socket(ParseResult parsed)
    {
        if (parsed.GetValue(_socket) is { } socket) return Path.GetFullPath(socket);
        if (parsed.GetValue(_data) is { } data) return DataDirectoryPath.SocketIn(data);
        if (Variable("COFFER_SOCKET") is { } given) return Path.GetFullPath(given);
        return DataDirectoryPath.SocketIn(Variable("COFFER_DATA") ?? DataDirectoryPath.Default());
    }

    internal bool AsJson(ParseResult parsed) => parsed.GetValue(_json);

    // An empty variable is one that was not set.
    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
