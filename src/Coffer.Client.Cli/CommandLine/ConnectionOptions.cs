using System.CommandLine;

namespace Coffer.Client.Cli.CommandLine;

/// <summary>The options that say whom to ask, and as whom.</summary>
internal sealed class ConnectionOptions
{
    private readonly Option<string> _server = new("--server") { HelpName = "HOST:PORT[,…]", Description = "the servers, the preferred one first; the port is 9187 unless given [COFFER_SERVER]" };
    private readonly Option<string> _serverKey = new("--server-key") { HelpName = "KEY|FILE", Description = "the servers' public key, as text or in a file [COFFER_SERVER_KEY]" };
    private readonly Option<string> _key = new("--key") { HelpName = "FILE", Description = "this client's secret key file, mode 0600 [COFFER_KEY_FILE]" };
    private readonly Option<string> _timeout = new("--timeout") { HelpName = "SECONDS", Description = "how long the fetch may take in all, over all servers; 10 unless given" };
    private readonly Option<bool> _allowOpenKey = new("--allow-open-key") { Description = "take a key file that group or others may open, too" };

    internal void AddTo(Command command)
    {
        foreach (Option option in new Option[] { _server, _serverKey, _key, _timeout, _allowOpenKey }) command.Options.Add(option);
    }

    internal string? Server(ParseResult parsed) => Value(parsed, _server, "COFFER_SERVER");

    internal string? ServerKey(ParseResult parsed) => Value(parsed, _serverKey, "COFFER_SERVER_KEY");

    internal string? Key(ParseResult parsed) => Value(parsed, _key, "COFFER_KEY_FILE");

    internal string? Timeout(ParseResult parsed) => parsed.GetValue(_timeout);

    internal bool AllowOpenKey(ParseResult parsed) => parsed.GetValue(_allowOpenKey);

    // An empty variable is one that was not set.
    private static string? Value(ParseResult parsed, Option<string> option, string variable) =>
        parsed.GetValue(option) ?? (Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value ? value : null);
}
