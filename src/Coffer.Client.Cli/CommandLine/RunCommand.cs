using System.CommandLine;
using Coffer.Client.Cli.Connecting;
using Coffer.Client.Cli.Execution;
using Coffer.Client.Cli.Variables;
using Coffer.CommandLine;
using Coffer.Shared;

namespace Coffer.Client.Cli.CommandLine;

/// <summary><c>run … -- CMD ARG…</c>: fetches, then becomes CMD.</summary>
internal sealed class RunCommand
{
    internal const string Name = "run";

    private const string Examples = """
        coffer-client run [options] -- PROGRAM [ARGUMENT]…

        Behind -- stand the program and its arguments, which are handed on as they are; no shell reads them.
        Exit codes: the program's own; 125 coffer-client itself failed, 126 the program cannot be executed, 127 it is not found.

        Examples:
          coffer-client run --server coffer:9187 --server-key server.pub --key app.pem -- ./app --port 8080
          coffer-client run --server a:9187,b:9187,c:9187 --server-key server.pub --key app.pem -- ./app
          coffer-client run --upper --prefix APP_ --require password -- ./app
          coffer-client run --pristine --keep PATH --keep HOME -- /usr/bin/env

        """;

    private readonly ConnectionOptions _connection = new();
    private readonly SelectionOptions _selection = new();
    private readonly Option<bool> _pristine = new("--pristine") { Description = "start the program with the coffer's variables alone, and those of --keep" };
    private readonly Option<string[]> _keep = SelectionOptions.Naming("--keep", "with --pristine: hand on this variable, too; may be repeated");
    private readonly Option<bool> _noOverride = new("--no-override") { Description = "leave variables alone that are set already" };

    /// <summary>The command; <paramref name="program"/> is what stands behind <c>--</c>, null where there is no <c>--</c>.</summary>
    internal Command Create(IReadOnlyList<byte[]>? program, InheritedSignals signals, IDictionary<Command, string> examples)
    {
        var command = new LaunchingCommand(Name, "fetch the secrets, then become a program that has them in its environment");
        _connection.AddTo(command);
        _selection.AddTo(command);
        command.Options.Add(_pristine);
        command.Options.Add(_keep);
        command.Options.Add(_noOverride);
        command.SetAction(parsed => (int)Run(parsed, program, signals));
        examples[command] = Examples;
        return command;
    }

    private ExitCode Run(ParseResult parsed, IReadOnlyList<byte[]>? program, InheritedSignals signals)
    {
        var inheritance = new Inheritance(parsed.GetValue(_pristine), SelectionOptions.Names(parsed.GetValue(_keep)), parsed.GetValue(_noOverride));
        if (Misuse(program, inheritance) is { } misuse)
        {
            Words.Say(misuse);
            return ExitCode.OwnFailure;
        }
        if (Secrets.Fetch(parsed, _connection) is not { } coffer) return ExitCode.OwnFailure;

        var problems = new List<Problem>();
        var selection = _selection.Read(parsed);
        selection.CheckNames(coffer, asked: [], problems);
        var secrets = selection.Apply(coffer, problems);
        selection.CheckVariables(secrets, problems);
        if (!Secrets.AreFine(problems, selection, coffer)) return ExitCode.OwnFailure;

        var parent = ParentEnvironment.Read();
        using var environment = ChildEnvironment.Compose(parent, secrets, inheritance);
        foreach (var name in environment.Overridden) Words.Warning($"{name} was set already, and the coffer's value takes its place");
        signals.Restore();
        var (code, problem) = Launcher.Become(program!, environment.Entries, parent);
        InheritedSignals.IgnoreOwn();
        Words.Say(problem);
        return code;
    }

    private static Problem? Misuse(IReadOnlyList<byte[]>? program, Inheritance inheritance)
    {
        if (program is null || program.Count == 0) return new("run was given no program", "put it behind --, as in 'coffer-client run -- ./app --port 8080'");
        if (inheritance.Keep.Length > 0 && !inheritance.Pristine) return new("--keep has a meaning with --pristine only", "without --pristine all variables are handed on");
        if (Array.Find(inheritance.Keep, VariableName.IsReserved) is { } name) return new($"--keep {name}: coffer-client's own variables are not handed on", "leave it out");
        return null;
    }
}
