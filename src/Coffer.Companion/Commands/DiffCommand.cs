using System.CommandLine;
using Coffer.CommandLine;
using Coffer.Companion.Files;
using Coffer.Crypto.Keys;
using Coffer.Definitions;

namespace Coffer.Companion.Commands;

/// <summary><c>diff OLD NEW</c>: prints what a new definition changes of an old one, with every value masked.</summary>
internal sealed class DiffCommand
{
    private const string Examples = """
        A line each: + added, - removed, ~ changed; of a value its type alone is shown.
        Exit codes, as diff has them: 0 both say the same, 1 they differ, 2 one of them cannot be read.

        Examples:
          coffer-companion diff definition.toml new.toml
          git show main:definition.toml | coffer-companion diff - definition.toml
          coffer-companion diff old.coffer new.coffer --key server.pem

        """;

    private readonly FileArgument _old = new("OLD", "the old definition, TOML or sealed; - is standard input");
    private readonly FileArgument _new = new("NEW", "the new definition, TOML or sealed; - is standard input");
    private readonly SecretKeyOption _key = new("the server's secret key file, mode 0600, to open what is sealed", required: false);

    internal static Command Create(IDictionary<Command, string> examples)
    {
        var diff = new DiffCommand();
        var command = new Command("diff", "print what a new definition changes, with values masked") { diff._old, diff._new };
        diff._key.AddTo(command);
        command.SetAction(parsed => (int)diff.Run(parsed));
        examples[command] = Examples;
        return command;
    }

    private ExitCode Run(ParseResult parsed)
    {
        var (old, now) = (parsed.GetValue(_old)!, parsed.GetValue(_new)!);
        if (old == Input.Standard && now == Input.Standard) return Failure.Say(new Problem("both definitions are -, expected one of them at most", "put one of them into a file"));

        KeyPair? server = null;
        if (_key.IsGiven(parsed) && !_key.TryRead(parsed, out server)) return ExitCode.Failed;
        using (server)
        {
            if (Read(old, server) is not { } before || Read(now, server) is not { } after) return ExitCode.Failed;
            var changes = DefinitionDiff.Between(before, after);
            foreach (var change in changes) parsed.InvocationConfiguration.Output.WriteLine(change);
            return changes.Count == 0 ? ExitCode.Done : ExitCode.Found;
        }
    }

    /// <summary>The definition, or null with everything said that is wrong with it.</summary>
    private static Definition? Read(string path, KeyPair? server)
    {
        if (!DefinitionText.TryReadAny(path, server, out var text, out var problem))
        {
            Words.Say(problem);
            return null;
        }
        using (text) return (text.Read() as DefinitionReading.Accepted)?.Definition;
    }
}
