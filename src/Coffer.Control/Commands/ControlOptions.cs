using System.CommandLine;
using Coffer.CommandLine;
using Coffer.Control.Asking;
using Coffer.Operations;

namespace Coffer.Control.Commands;

/// <summary>The options that all commands share: which node, and how to show what it says.</summary>
internal sealed class ControlOptions
{
    private readonly Option<string> _data = Named("--data", "DIR", "the server's data directory [COFFER_DATA]");
    private readonly Option<string> _socket = Named("--socket", "FILE", "its control socket, where that is elsewhere [COFFER_SOCKET]");
    private readonly Option<bool> _json = new("--json") { Description = "print rows as JSON, one a line, as the server sends them", Recursive = true };

    internal void AddTo(RootCommand root)
    {
        root.Options.Add(_data);
        root.Options.Add(_socket);
        root.Options.Add(_json);
    }

    /// <summary>The socket: what is said on the command line counts before the environment, and a socket before a directory.</summary>
    /// <exception cref="ControlException">Nothing names one, and this user has no directory of its own.</exception>
    internal string Socket(ParseResult parsed)
    {
        if (parsed.GetValue(_socket) is { } socket) return Path.GetFullPath(socket);
        if (parsed.GetValue(_data) is { } data) return DataDirectoryPath.SocketIn(data);
        if (Variable("COFFER_SOCKET") is { } given) return Path.GetFullPath(given);
        var directory = Variable("COFFER_DATA") ?? DataDirectoryPath.Default()
            ?? throw new ControlException(ExitCode.Usage, new(DataDirectoryPath.NoDefault, "name the server's directory: --data DIR"));
        return DataDirectoryPath.SocketIn(directory);
    }

    internal bool AsJson(ParseResult parsed) => parsed.GetValue(_json);

    private static Option<string> Named(string name, string value, string description) =>
        new Option<string>(name) { HelpName = value, Description = description, Recursive = true }.RefuseEmpty();

    // An empty variable is one that was not set.
    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
