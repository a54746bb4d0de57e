using System.CommandLine;
using System.Globalization;
using Coffer.CommandLine;
using Coffer.Companion.Files;
using Coffer.Definitions;
using Coffer.Definitions.Sealed;

namespace Coffer.Companion.Commands;

/// <summary><c>open FILE</c>: prints the text of a sealed definition.</summary>
internal sealed class OpenCommand
{
    private const string Examples = """
        It opens what any companion sealed, and says which; whether that one is trusted is for the server to say.
        On a terminal values are masked unless --show. Exit codes: 0 done, 2 it could not be done.

        Examples:
          coffer-companion open definition.coffer --key server.pem
          coffer-companion open definition.coffer --key server.pem | sops -e --input-type binary --output definition.enc /dev/stdin

        """;

    private readonly FileArgument _file = new("FILE", "the sealed definition; - is standard input");
    private readonly SecretKeyOption _key = new("the server's secret key file, mode 0600", required: true);
    private readonly Option<bool> _show = new("--show") { Description = "show values on a terminal, too" };

    internal static Command Create(IDictionary<Command, string> examples)
    {
        var open = new OpenCommand();
        var command = new Command("open", "print the definition that a sealed file holds") { open._file };
        open._key.AddTo(command);
        command.Options.Add(open._show);
        command.SetAction(parsed => (int)open.Run(parsed));
        examples[command] = Examples;
        return command;
    }

    private ExitCode Run(ParseResult parsed)
    {
        if (!_key.TryRead(parsed, out var server)) return ExitCode.Failed;
        using (server)
        {
            if (!DefinitionText.TryReadSealed(parsed.GetValue(_file)!, server, out var text, out var opened, out var problem)) return Failure.Say(problem);
            using (text)
            {
                Words.Note($"{text.Name}: sealed by {opened.Companion} on {opened.SealedAt.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)} with serial {opened.Serial}");
                return Print(text, parsed.GetValue(_show), parsed.InvocationConfiguration.Output);
            }
        }
    }

    private static ExitCode Print(DefinitionText text, bool show, TextWriter output)
    {
        if (Console.IsOutputRedirected)
        {
            using var bytes = new StandardOutput();
            bytes.Write(text.Utf8.Span);
            return ExitCode.Done;
        }

        // What is no definition may hold characters that the terminal obeys.
        if (text.Read() is not DefinitionReading.Accepted accepted) return ExitCode.Failed;
        if (show)
        {
            using var bytes = new StandardOutput();
            bytes.Write(text.Utf8.Span);
            return ExitCode.Done;
        }
        MaskedText.Write(accepted.Definition, output);
        output.Flush();
        Words.Note("values are masked on a terminal; --show shows them");
        return ExitCode.Done;
    }
}
