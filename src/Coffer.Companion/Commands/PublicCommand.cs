using System.CommandLine;
using Coffer.CommandLine;

namespace Coffer.Companion.Commands;

/// <summary><c>public FILE</c>: prints the public key that belongs to a secret key file.</summary>
internal static class PublicCommand
{
    private const string Examples = """
        Exit codes: 0 done, 2 it could not be done.

        Examples:
          coffer-companion public server.pem
          openssl genpkey -algorithm X25519 -out shop.pem && coffer-companion public shop.pem

        """;

    internal static Command Create(IDictionary<Command, string> examples)
    {
        var file = new FileArgument("FILE", "the file with the secret key");
        var allowOpenKey = SecretKeyOption.AllowOpen();
        var command = new Command("public", "print the public key that belongs to a secret key") { file, allowOpenKey };
        command.SetAction(parsed => (int)Run(parsed.GetValue(file)!, parsed.GetValue(allowOpenKey), parsed.InvocationConfiguration.Output));
        examples[command] = Examples;
        return command;
    }

    private static ExitCode Run(string file, bool allowOpenKey, TextWriter output)
    {
        if (!Crypto.Keys.KeyFile.TryRead(file, allowOpenKey, out var pair, out var problem)) return Failure.Say(problem);
        using (pair) output.WriteLine(pair.PublicKey);
        return ExitCode.Done;
    }
}
