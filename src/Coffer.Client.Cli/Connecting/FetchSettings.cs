using System.CommandLine;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Coffer.Client.Cli.CommandLine;
using Coffer.CommandLine;
using Coffer.Crypto.Keys;

namespace Coffer.Client.Cli.Connecting;

/// <summary>Whom to ask, as whom, and for how long: the options and variables, read and checked.</summary>
internal sealed class FetchSettings : IDisposable
{
    // Below what .NET's timers can count.
    private static readonly TimeSpan LongestTimeout = TimeSpan.FromDays(24);

    private FetchSettings(CofferClientOptions options) => Options = options;

    internal CofferClientOptions Options { get; }

    /// <summary>Reads them, or returns null with the first thing that is wrong.</summary>
    internal static FetchSettings? Read(ParseResult parsed, ConnectionOptions options, out Problem? problem)
    {
        if (!TryReadServers(options.Servers(parsed), out var servers, out problem)
            || !TryReadServerKey(options.ServerKey(parsed), out var serverKey, out problem)
            || !TryReadTimeout(options.Timeout(parsed), out var timeout, out problem)
            || !TryReadKey(options.Key(parsed), options.AllowOpenKey(parsed), out var key, out problem)) return null;
        return new(new() { Servers = servers, ServerKey = serverKey, Key = key, Timeout = timeout, InOrder = options.InOrder(parsed) });
    }

    /// <summary>Wipes the key pair.</summary>
    public void Dispose() => Options.Key.Dispose();

    private static bool TryReadServers(string? text, out IReadOnlyList<ServerAddress> servers, out Problem? problem)
    {
        servers = [];
        problem = null;
        if (text is null) problem = new("no server is named", "say --server HOST:PORT, or set COFFER_SERVER");
        else if (!ServerAddress.TryReadList(text, out servers, out var wrong)) problem = new($"{Words.Quoted(wrong)} is no server, expected HOST or HOST:PORT with a port from 1 to 65535", "several are joined by commas, as in --server a:9187,b:9187; an IPv6 address stands in brackets, as in [::1]:9187");
        return problem is null;
    }

    private static bool TryReadServerKey(string? text, out PublicKey key, out Problem? problem)
    {
        key = default;
        problem = null;
        if (text is null)
        {
            problem = new("the server's public key is not known", "say --server-key KEY, or set COFFER_SERVER_KEY, to what 'coffer-companion public server.pem' prints on the server");
            return false;
        }

        if (KeyFile.TryReadPublicTextOrFile(text, out key, out var wrong)) return true;
        problem = new($"the server's key: {wrong.Message}", wrong.Hint);
        return false;
    }

    private static bool TryReadKey(string? path, bool allowOpen, [NotNullWhen(true)] out KeyPair? key, out Problem? problem)
    {
        key = null;
        problem = null;
        if (path is null)
        {
            problem = new("this client's key file is not known", "say --key FILE, or set COFFER_KEY_FILE; 'coffer-companion keygen FILE' makes one");
            return false;
        }
        if (KeyFile.TryRead(path, allowOpen, out key, out var wrong)) return true;
        problem = new(wrong.Message, wrong.Hint);
        return false;
    }

    private static bool TryReadTimeout(string? text, out TimeSpan timeout, out Problem? problem)
    {
        timeout = CofferClientOptions.DefaultTimeout;
        problem = null;
        if (text is null) return true;

        var number = text.EndsWith('s') ? text[..^1] : text;
        if (double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) && seconds >= 0.001 && seconds <= LongestTimeout.TotalSeconds)
        {
            timeout = TimeSpan.FromSeconds(seconds);
            return true;
        }
        problem = new($"--timeout {Words.Quoted(text)} is no time, expected seconds, from 0.001 to {LongestTimeout.TotalSeconds.ToString(CultureInfo.InvariantCulture)}", "as in --timeout 10 or --timeout 2.5");
        return false;
    }
}
