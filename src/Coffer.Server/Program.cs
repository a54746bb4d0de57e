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
