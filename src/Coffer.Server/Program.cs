using Coffer.CommandLine;
using Coffer.Server.Hosting;
using Coffer.Shared;

FileSizeSignal.Ignore();

try
{
    return await ServerCommand.InvokeAsync(args, ServerProcess.RunAsync);
}
catch (StartupException e)
{
    foreach (var message in e.Messages) Console.Error.WriteLine($"coffer-server: error: {message}");
    if (e.Hint is not null) Console.Error.WriteLine($"coffer-server: hint: {e.Hint}");
    return (int)e.ExitCode;
}
catch (Exception e) when (MissingLibrary.Describe(e) is { } problem)
{
    Words.Say(problem);
    return (int)ExitCode.Internal;
}
// What nobody thought of: a fault to be reported, and still no stack trace for whoever runs the server.
catch (Exception e)
{
    Console.Error.WriteLine($"coffer-server: error: a fault of the server itself: {e.GetType().Name}: {e.Message.ReplaceLineEndings(" ")}");
    Console.Error.WriteLine("coffer-server: hint: the log may say more; please report it with the command line");
    return (int)ExitCode.Internal;
}
