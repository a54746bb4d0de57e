using System.CommandLine;
using Coffer.Client.Cli.Variables;
using Coffer.CommandLine;

namespace Coffer.Client.Cli.CommandLine;

/// <summary>The options that say which secrets are handed on, and under which names.</summary>
internal sealed class SelectionOptions
{
    private readonly Option<string[]> _only = Naming("--only", "hand on these secrets alone, and fail where the coffer does not hold one; may be repeated");
    private readonly Option<string[]> _except = Naming("--except", "hand on all but these; may be repeated");
    private readonly Option<string[]> _require = Naming("--require", "fail unless these are among them; may be repeated");
    private readonly Option<string> _prefix = new("--prefix") { HelpName = "PREFIX", Description = "put PREFIX before each name" };
    private readonly Option<bool> _upper = new("--upper") { Description = "write names, prefix included, in upper case" };
    private readonly Option<bool> _allowDangerous = new("--allow-dangerous") { Description = "take names that are known to change how programs find and load code, such as PATH and LD_PRELOAD; --only and --prefix keep out the unknown ones" };

    internal void AddTo(Command command)
    {
        foreach (Option option in new Option[] { _only, _except, _require, _prefix, _upper, _allowDangerous }) command.Options.Add(option);
    }

    internal Selection Read(ParseResult parsed) => new()
    {
        Only = parsed.GetResult(_only) is null ? null : Names(parsed.GetValue(_only)),
        Except = Names(parsed.GetValue(_except)),
        Require = Names(parsed.GetValue(_require)),
        Prefix = parsed.GetValue(_prefix) ?? "",
        Upper = parsed.GetValue(_upper),
        AllowDangerous = parsed.GetValue(_allowDangerous),
    };

    /// <summary>An option that takes names, joined by commas.</summary>
    internal static Option<string[]> Naming(string name, string description) => new Option<string[]>(name) { HelpName = "NAME[,…]", Description = description }.RefuseEmptyNames();

    /// <summary>Takes apart what commas join.</summary>
    internal static string[] Names(string[]? joined) => [.. (joined ?? []).SelectMany(names => names.Split(',', StringSplitOptions.TrimEntries)).Distinct()];
}
