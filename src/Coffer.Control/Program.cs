using System.CommandLine;
using Coffer.CommandLine;
using Coffer.CommandLine.Completion;
using Coffer.Control;
using Coffer.Control.Commands;
using Coffer.Operations;

ClosedDescriptors.Occupy();
var root = new RootCommand("Asks a running coffer-server, and tells it what to do.");
var examples = new Dictionary<Command, string> { [root] = RootExamples };
var options = new ControlOptions();
options.AddTo(root);
foreach (var palette in OperationCatalogue.Palettes) root.Subcommands.Add(PaletteCommand.Create(palette, options, examples));
root.Subcommands.Add(CompletionCommand.Create(root, examples));
return CommandProgram.Run(root, examples, args, (int)ExitCode.Usage);

internal static partial class Program
{
    private const string RootExamples = """
        Exit codes:
          0  done                                   3  no server runs there, or it does not answer
          1  refused, failed, or not confirmed      4  the socket is another user's
          2  command line                           5  the answer was cut off
          130  interrupted

        Examples:
          coffer-ctl coffer status
          coffer-ctl --data /srv/coffer coffer load definition.coffer
          coffer-ctl coffer clients --json | jq -r .name

        What only looks waits 60 seconds for a server that takes the connection and says nothing, as one that is suspended does; what changes something
        waits for as long as it takes.

        Each palette and each command has its own --help. Without --data and --socket the data directory is that of a server started without
        --data by the same user: /var/lib/coffer for root, else ~/.local/state/coffer.

        """;
}
