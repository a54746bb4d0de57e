using System.CommandLine;
using Coffer.CommandLine;
using Coffer.Scale;
using Coffer.Server.Hosting;

var root = ScaleCommand.Create();
var examples = new Dictionary<Command, string> { [root] = ScaleCommand.Examples };
try
{
    return CommandProgram.Run(root, examples, args, (int)ExitCode.Usage);
}
catch (StartupException e)
{
    foreach (var message in e.Messages) Words.Error(message);
    if (e.Hint is not null) Words.Hint(e.Hint);
    return (int)e.ExitCode;
}
