using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;
using Coffer.Crypto.Keys;
using Xunit;

namespace Coffer.EndToEnd.Tests.Scripts;

/// <summary>Plays a script in a directory of its own, which is gone afterwards.</summary>
internal sealed class ScriptRun(CliScript script) : IDisposable
{
    private const string AnyText = "{*}";
    private const string AnyLines = "...";

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("coffer-script-");
    private readonly Dictionary<string, string> _keys = [];

    internal async Task Play(CancellationToken cancelled)
    {
        foreach (var step in script.Steps)
        {
            switch (step)
            {
                case ScriptStep.MakeKeys make:
                    foreach (var name in make.Names)
                    {
                        Assert.True(KeyFile.TryCreate(PathOf($"{name}.pem"), out var key, out var problem), problem?.Message);
                        _keys[$"{{{name}}}"] = key.ToString();
                    }
                    break;
                case ScriptStep.WriteFile write:
                    await File.WriteAllTextAsync(PathOf(write.Name), string.Concat(write.Lines.Select(line => Filled(line) + '\n')), cancelled);
                    break;
                case ScriptStep.Run run:
                    await Run(run, cancelled);
                    break;
            }
        }
    }

    public void Dispose() => _directory.Delete(recursive: true);

    private async Task Run(ScriptStep.Run run, CancellationToken cancelled)
    {
        using var process = Start(Filled(run.Command));
        var output = process.StandardOutput.ReadToEndAsync(cancelled);
        var error = process.StandardError.ReadToEndAsync(cancelled);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancelled);
        limit.CancelAfter(Limit);
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{script.Name}:{run.Line}: '{run.Command}' did not end in {Limit.TotalSeconds} s");
        }

        var (outputText, errorText) = (Lines(await output), Lines(await error));
        if (IsLike(run.Output, outputText) && IsLike(run.Error, errorText) && process.ExitCode == run.ExitCode) return;
        Assert.Fail($"{script.Name}:{run.Line}: $ {run.Command}\nexpected:\n{Transcript(run.Output.Select(Filled), run.Error.Select(Filled), run.ExitCode)}actual:\n{Transcript(outputText, errorText, process.ExitCode)}");
    }

    private Process Start(string command)
    {
        var start = new ProcessStartInfo("/bin/sh", ["-c", command])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
            WorkingDirectory = _directory.FullName,
        };
        start.Environment.Clear();
        start.Environment["PATH"] = $"{Programs.Folder}:/usr/local/bin:/usr/bin:/bin";
        start.Environment["HOME"] = _directory.FullName;
        start.Environment["TERM"] = "dumb";
        var process = Process.Start(start)!;
        process.StandardInput.Close();
        return process;
    }

    private bool IsLike(IEnumerable<string> expected, IEnumerable<string> actual)
    {
        var pattern = string.Concat(expected.Select(line => line == AnyLines ? "(?:.*\n)*?" : string.Join(".*", Filled(line).Split(AnyText).Select(Regex.Escape)) + '\n'));
        return Regex.IsMatch(string.Concat(actual.Select(line => line + '\n')), $"\\A{pattern}\\z");
    }

    private static string[] Lines(string text)
    {
        if (text.Length == 0) return [];
        var lines = text.Split('\n');
        if (lines[^1].Length > 0) return [.. lines, "\\ no newline at the end"];
        return lines[..^1];
    }

    private static string Transcript(IEnumerable<string> output, IEnumerable<string> error, int exitCode) =>
        string.Concat([.. output.Select(line => $"  > {line}\n"), .. error.Select(line => $"  ! {line}\n"), $"  exit {exitCode}\n"]);

    private string Filled(string text) => _keys.Aggregate(text, (filled, key) => filled.Replace(key.Key, key.Value, StringComparison.Ordinal));

    private string PathOf(string name) => Path.Combine(_directory.FullName, name);
}
