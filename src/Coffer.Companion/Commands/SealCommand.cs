using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;
using Coffer.CommandLine;
using Coffer.Companion.Files;
using Coffer.Crypto.Keys;
using Coffer.Definitions;
using Coffer.Definitions.Sealed;

namespace Coffer.Companion.Commands;

/// <summary><c>seal DEFINITION</c>: checks a definition, and seals it so that only the server can open it.</summary>
internal sealed class SealCommand
{
    private const string Examples = """
        The definition is checked first, and sealed only where nothing is wrong with it. The sealed file is written whole or not at all,
        with mode 0600; of files that are there already it replaces none but a sealed definition.
        Exit codes: 0 done, 1 the definition is refused, 2 it could not be done.

        Examples:
          coffer-companion seal definition.toml --key companion.pem --server-key server.pub --out definition.coffer
          sops -d definition.enc.toml | coffer-companion seal - --key companion.pem --server-key server.pub --out definition.coffer

        """;

    private readonly FileArgument _definition = new("DEFINITION", "the definition, TOML; - is standard input");
    private readonly SecretKeyOption _key = new("the companion's secret key file, mode 0600", required: true);
    private readonly Option<string> _serverKey = new("--server-key") { HelpName = "KEY|FILE", Description = "the server's public key, as text or in a file", Required = true };
    private readonly Option<string> _out = new Option<string>("--out") { HelpName = "FILE", Description = "the sealed definition to write", Required = true }.RefuseEmpty();
    private readonly Option<string> _serial = new("--serial") { HelpName = "N", Description = "the serial, which a server wants greater than the last one; milliseconds since 1970 unless given" };

    internal static Command Create(IDictionary<Command, string> examples)
    {
        var seal = new SealCommand();
        var command = new Command("seal", "check a definition and seal it for the server") { seal._definition };
        seal._key.AddTo(command);
        command.Options.Add(seal._serverKey);
        command.Options.Add(seal._out);
        command.Options.Add(seal._serial);
        command.SetAction(parsed => (int)seal.Run(parsed));
        examples[command] = Examples;
        return command;
    }

    private ExitCode Run(ParseResult parsed)
    {
        var now = DateTimeOffset.UtcNow;
        if (!TryReadSerial(parsed.GetValue(_serial), now, out var serial) || !TryReadServerKey(parsed.GetValue(_serverKey)!, out var server) || !_key.TryRead(parsed, out var companion)) return ExitCode.Failed;
        using (companion)
        {
            if (!DefinitionText.TryReadPlain(parsed.GetValue(_definition)!, out var text, out var problem)) return Failure.Say(problem);
            using (text)
            {
                if (text.Read() is not DefinitionReading.Accepted) return ExitCode.Found;
                var path = parsed.GetValue(_out)!;
                if (ReplacedFile.Write(path, output => Seal(text, companion, server, serial, now, output)) is { } unwritten) return Failure.Say(unwritten);
                Words.Note($"{path}: sealed for {server} with serial {serial}");
                return ExitCode.Done;
            }
        }
    }

    private static void Seal(DefinitionText text, KeyPair companion, PublicKey server, long serial, DateTimeOffset now, Stream output)
    {
        MemoryMarshal.TryGetArray(text.Utf8, out var bytes);
        using var toml = new MemoryStream(bytes.Array!, bytes.Offset, bytes.Count, writable: false);
        using var progress = Progress.OnTerminal($"sealing {text.Name}", text.Utf8.Length);
        SealedDefinition.Seal(toml, companion, server, serial, now, output, progress);
    }

    private static bool TryReadSerial(string? text, DateTimeOffset now, out long serial)
    {
        serial = now.ToUnixTimeMilliseconds();
        if (text is null || long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out serial)) return true;
        Words.Say(new($"--serial {Words.Quoted(text)} is no serial, expected a whole number from 0 to {long.MaxValue}", "leave it out, and it is the time in milliseconds since 1970"));
        return false;
    }

    private static bool TryReadServerKey(string text, out PublicKey key)
    {
        if (KeyFile.TryReadPublicTextOrFile(text, out key, out var problem)) return true;
        Words.Say(new($"the server's key: {problem.Message}", problem.Hint));
        return false;
    }
}
