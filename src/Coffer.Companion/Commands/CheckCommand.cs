using System.CommandLine;
using Coffer.CommandLine;
using Coffer.Companion.Files;
using Coffer.Definitions;

namespace Coffer.Companion.Commands;

/// <summary><c>check DEFINITION</c>: says everything that is wrong with a definition, and what may not be meant.</summary>
internal static class CheckCommand
{
    private const string Examples = """
        Each complaint is one line, FILE:LINE:COLUMN: what is wrong and what was expected, and a hint. Keys that are no names of
        environment variables are allowed, and warned of: 'coffer-client run' refuses them, 'coffer-client get' can print them. So are
        names that 'coffer-client run' takes only where it is told to, such as PATH, and a definition without clients, which removes all
        that there are.
        Exit codes: 0 nothing is wrong, 1 something is, 2 the file cannot be read.

        Examples:
          coffer-companion check definition.toml
          git show main:definition.toml | coffer-companion check -

        """;

    internal static Command Create(IDictionary<Command, string> examples)
    {
        var definition = new FileArgument("DEFINITION", "the definition, TOML; - is standard input");
        var command = new Command("check", "say everything that is wrong with a definition") { definition };
        command.SetAction(parsed => (int)Run(parsed.GetValue(definition)!));
        examples[command] = Examples;
        return command;
    }

    private static ExitCode Run(string path)
    {
        if (!DefinitionText.TryReadPlain(path, out var text, out var problem)) return Failure.Say(problem);
        using (text)
        {
            var reading = text.Read();
            foreach (var warning in reading.Warnings)
            {
                Words.Warning(warning.ToString());
                Words.Hint(warning.Hint);
            }
            if (reading is not DefinitionReading.Accepted accepted) return ExitCode.Found;
            Words.Note($"{text.Name}: nothing is wrong with it, {Size(accepted.Definition)}");
            return ExitCode.Done;
        }
    }

    private static string Size(Definition definition)
    {
        var secrets = definition.Clients.Sum(client => client.Coffer.Secrets.Count);
        return $"{definition.Clients.Count} {(definition.Clients.Count == 1 ? "client" : "clients")}, {secrets} {(secrets == 1 ? "secret" : "secrets")}";
    }
}
