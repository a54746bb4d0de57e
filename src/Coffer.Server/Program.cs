using Coffer.CommandLine;
using Coffer.Server.Hosting;
using Coffer.Shared;

ClosedDescriptors.Occupy();
FileSizeSignal.Ignore();
CoreDumps.Forbid();

try
{
    return await ServerCommand.InvokeAsync(args, ServerProcess.RunAsync);
}
catch (StartupException e)
{
    foreach (var message in e.Messages) Words.Error(message);
    if (e.Hint is not null) Words.Hint(e.Hint);
    return (int)e.ExitCode;
}
// Of --help and --version.
catch (StandardOutputException e)
{
    Words.Say(e.Problem);
    return (int)ExitCode.Internal;
}
catch (Exception e) when (MissingLibrary.Describe(e) is { } problem)
{
    Words.Say(problem);
    return (int)ExitCode.Internal;
}
// What nobody thought of: a fault to be reported, and still no stack trace for whoever runs the server.
catch (Exception e)
{
    Words.Error($"a fault of the server itself: {e.GetType().Name}: {e.Message.ReplaceLineEndings(" ")}");
    Words.Hint("the log may say more; please report it with the command line");
    return (int)ExitCode.Internal;
}
