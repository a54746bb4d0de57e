using System.CommandLine;
using Coffer.CommandLine;
using Coffer.CommandLine.Completion;
using Coffer.Companion;
using Coffer.Companion.Commands;

ClosedDescriptors.Occupy();
CoreDumps.Forbid();
var root = new RootCommand("Makes keys, and checks, seals, opens and compares the definitions of a Coffer server.");
var examples = new Dictionary<Command, string> { [root] = RootExamples };
root.Subcommands.Add(KeygenCommand.Create(examples));
root.Subcommands.Add(PublicCommand.Create(examples));
root.Subcommands.Add(CheckCommand.Create(examples));
root.Subcommands.Add(SealCommand.Create(examples));
root.Subcommands.Add(OpenCommand.Create(examples));
root.Subcommands.Add(DiffCommand.Create(examples));
root.Subcommands.Add(ClusterCertificatesCommand.Create(examples));
root.Subcommands.Add(CompletionCommand.Create(root, examples));
return CommandProgram.Run(root, examples, args, (int)ExitCode.Failed);

internal static partial class Program
{
    private const string RootExamples = """
        Exit codes: 0 done, 1 a definition is refused or two differ, 2 it could not be done.

        Examples:
          coffer-companion keygen companion.pem
          coffer-companion check definition.toml
          coffer-companion seal definition.toml --key companion.pem --server-key server.pub --out definition.coffer

        Each command has its own --help.

        """;
}
