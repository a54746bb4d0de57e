using System.CommandLine;
using System.Diagnostics.CodeAnalysis;
using Coffer.CommandLine;
using Coffer.Crypto.Keys;

namespace Coffer.Companion.Commands;

/// <summary><c>--key FILE</c> and <c>--allow-open-key</c>: the secret key that a command works with.</summary>
internal sealed class SecretKeyOption(string description, bool required)
{
    private readonly Option<string> _file = new Option<string>("--key") { HelpName = "FILE", Description = description, Required = required }.RefuseEmpty();
    private readonly Option<bool> _allowOpen = AllowOpen();

    internal static Option<bool> AllowOpen() => new("--allow-open-key") { Description = "take a key file that group or others may open, too" };

    internal void AddTo(Command command)
    {
        command.Options.Add(_file);
        command.Options.Add(_allowOpen);
    }

    internal bool IsGiven(ParseResult parsed) => parsed.GetValue(_file) is not null;

    /// <summary>Reads the key, which the caller disposes; or says why not.</summary>
    internal bool TryRead(ParseResult parsed, [NotNullWhen(true)] out KeyPair? pair)
    {
        if (KeyFile.TryRead(parsed.GetValue(_file)!, parsed.GetValue(_allowOpen), out pair, out var problem)) return true;
        Failure.Say(problem);
        return false;
    }
}
