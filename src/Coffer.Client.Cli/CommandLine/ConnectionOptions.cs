using System.CommandLine;
using Coffer.CommandLine;

namespace Coffer.Client.Cli.CommandLine;

/// <summary>The options that say whom to ask, and as whom.</summary>
internal sealed class ConnectionOptions
{
    private readonly Option<string[]> _server = new("--server") { HelpName = "HOST:PORT[,…]", Description = "the servers, of which any will do; the port is 9187 unless given [COFFER_SERVER]; may be repeated" };
    private readonly Option<bool> _inOrder = new("--in-order") { Description = "ask the servers, and the addresses of a name, in the order given; they are drawn at random otherwise, so that clients spread over them" };
    private readonly Option<string> _serverKey = new("--server-key") { HelpName = "KEY|FILE", Description = "the servers' public key, as text or in a file [COFFER_SERVER_KEY]" };
    private readonly Option<string> _key = new Option<string>("--key") { HelpName = "FILE", Description = "this client's secret key file, mode 0600 [COFFER_KEY_FILE]" }.RefuseEmpty();
    private readonly Option<string> _timeout = new("--timeout") { HelpName = "SECONDS", Description = "how long the fetch may take in all, over all servers; 10 unless given" };
    private readonly Option<bool> _allowOpenKey = new("--allow-open-key") { Description = "take a key file that group or others may open, too" };

    internal void AddTo(Command command)
    {
        foreach (Option option in new Option[] { _server, _inOrder, _serverKey, _key, _timeout, _allowOpenKey }) command.Options.Add(option);
    }

    internal string? Servers(ParseResult parsed) => Value(parsed.GetValue(_server) is { Length: > 0 } given ? string.Join(',', given) : null, "COFFER_SERVER");

    internal bool InOrder(ParseResult parsed) => parsed.GetValue(_inOrder);

    internal string? ServerKey(ParseResult parsed) => Value(parsed.GetValue(_serverKey), "COFFER_SERVER_KEY");

    internal string? Key(ParseResult parsed) => Value(parsed.GetValue(_key), "COFFER_KEY_FILE");

    internal string? Timeout(ParseResult parsed) => parsed.GetValue(_timeout);

    internal bool AllowOpenKey(ParseResult parsed) => parsed.GetValue(_allowOpenKey);

    // An empty variable is one that was not set.
    private static string? Value(string? given, string variable) =>
        given ?? (Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value ? value : null);
}
