using System.CommandLine;
using Coffer.CommandLine;
using Coffer.Crypto.Keys;

namespace Coffer.Companion.Commands;

/// <summary><c>keygen FILE</c>: makes a key pair in a new file, and prints its public key.</summary>
internal static class KeygenCommand
{
    private const string Examples = """
        The file gets mode 0600, and one that is there already is never overwritten.
        Exit codes: 0 done, 2 it could not be done.

        Examples:
          coffer-companion keygen server.pem > server.pub
          coffer-companion keygen shop.pem

        """;

    internal static Command Create(IDictionary<Command, string> examples)
    {
        var file = new FileArgument("FILE", "the new file for the secret key");
        var command = new Command("keygen", "make a key pair: the secret key into a new file, the public key to standard output") { file };
        command.SetAction(parsed => (int)Run(parsed.GetValue(file)!, parsed.InvocationConfiguration.Output));
        examples[command] = Examples;
        return command;
    }

    private static ExitCode Run(string file, TextWriter output)
    {
        if (!KeyFile.TryCreate(file, out var key, out var problem)) return Failure.Say(problem);
        output.WriteLine(key);
        return ExitCode.Done;
    }
}
