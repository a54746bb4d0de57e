using System.CommandLine;
using Coffer.Client.Cli;
using Coffer.Client.Cli.CommandLine;
using Coffer.Client.Cli.Execution;
using Coffer.CommandLine;
using Coffer.CommandLine.Completion;

ClosedDescriptors.Occupy();
var signals = InheritedSignals.Read();

// What stands behind run's -- is nobody's but the program's to read.
var end = args is [RunCommand.Name, ..] ? Array.IndexOf(args, "--") : -1;
var own = end < 0 ? args : args[..end];
var program = end < 0 ? null : RawArguments.From(args, end + 1);

var root = new RootCommand("Fetches this client's secrets from a Coffer server: for a program's environment, or to print.");
var examples = new Dictionary<Command, string> { [root] = RootExamples };
root.Subcommands.Add(new RunCommand().Create(program, signals, examples));
root.Subcommands.Add(new GetCommand().Create(examples));
root.Subcommands.Add(CompletionCommand.Create(root, examples));
return CommandProgram.Run(root, examples, own, (int)ExitCode.OwnFailure);

internal static partial class Program
{
    private const string RootExamples = """
        Examples:
          coffer-client run --server coffer:9187 --server-key server.pub --key app.pem -- ./app --port 8080
          coffer-client get password --format raw

        Each command has its own --help. --server, --server-key and --key may be set once for all: COFFER_SERVER, COFFER_SERVER_KEY, COFFER_KEY_FILE.

        """;
}
