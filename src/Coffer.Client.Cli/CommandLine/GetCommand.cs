using System.CommandLine;
using System.Security.Cryptography;
using Coffer.Client.Cli.Connecting;
using Coffer.Client.Cli.Execution;
using Coffer.Client.Cli.Formats;
using Coffer.CommandLine;
using Coffer.Protocol.Secrets;

namespace Coffer.Client.Cli.CommandLine;

/// <summary><c>get [NAME]…</c>: fetches, then prints.</summary>
internal sealed class GetCommand
{
    private const string Examples = """
        On a terminal values are masked unless --show. Exit codes: 0 done, 125 anything else.

        Examples:
          coffer-client get
          coffer-client get password --format raw | psql …
          coffer-client get --format docker --upper > app.env
          secrets=$(coffer-client get --format env) && { set -a; eval "$secrets"; set +a; }

        """;

    private static readonly string Formats = string.Join('|', Format.Names);

    private readonly ConnectionOptions _connection = new();
    private readonly SelectionOptions _selection = new();
    private readonly Argument<string[]> _names = new("NAME") { Arity = ArgumentArity.ZeroOrMore, Description = "the secrets to print, by their keys, and fail where --only or --except leaves one out; all unless given; --only=NAME for one that begins with -" };
    private readonly Option<string> _format = new("--format") { HelpName = Formats, Description = "how to print them: toml unless given; env for a shell, docker for --env-file, raw for one value alone" };
    private readonly Option<bool> _show = new("--show") { Description = "show values on a terminal, too" };

    internal Command Create(IDictionary<Command, string> examples)
    {
        // Taken for a secret's name otherwise, which the coffer would have to be fetched for.
        _names.RefuseOptions();
        var command = new Command("get", "fetch the secrets and print them");
        command.Arguments.Add(_names);
        command.Options.Add(_format);
        command.Options.Add(_show);
        _connection.AddTo(command);
        _selection.AddTo(command);
        command.SetAction(parsed => (int)Run(parsed));
        examples[command] = Examples;
        return command;
    }

    private ExitCode Run(ParseResult parsed)
    {
        var name = parsed.GetValue(_format) ?? Format.Names[0];
        if (Format.Of(name) is not { } format)
        {
            Words.Say(new($"--format {Words.Quoted(name)} is none, expected {Formats}", null));
            return ExitCode.OwnFailure;
        }
        if (Secrets.Fetch(parsed, _connection) is not { } coffer) return ExitCode.OwnFailure;

        var problems = new List<Problem>();
        var selection = _selection.Read(parsed);
        var names = parsed.GetValue(_names) ?? [];
        selection.CheckNames(coffer, names, problems);
        var secrets = selection.Apply(Named(coffer, names), problems);
        if (format.NamesVariables) selection.CheckVariables(secrets, problems);
        if (problems.Count == 0) format.Check(secrets, problems);
        return Secrets.AreFine(problems, selection, coffer) ? Print(format, secrets, mask: Libc.IsATty(Libc.StandardOutput) == 1 && !parsed.GetValue(_show)) : ExitCode.OwnFailure;
    }

    private static OpenCoffer Named(OpenCoffer coffer, string[] names) =>
        names.Length == 0 ? coffer : OpenCoffer.Of(coffer.Secrets.Where(s => names.Contains(s.Key)));

    private static ExitCode Print(Format format, IReadOnlyList<Variables.NamedSecret> secrets, bool mask)
    {
        var bytes = mask ? format.Write([.. secrets.Select(Mask.Over)]) : format.Write(secrets);
        try
        {
            using var output = new StandardOutput();
            output.Write(bytes);
            if (mask && !format.EndsLines) output.Write("\n"u8);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
        if (mask && secrets.Count > 0) Words.Note("values are masked on a terminal; --show shows them");
        return ExitCode.Done;
    }
}
