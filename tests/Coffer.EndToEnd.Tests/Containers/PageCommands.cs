using Coffer.EndToEnd.Tests.Client;
using Coffer.EndToEnd.Tests.Server;

namespace Coffer.EndToEnd.Tests.Containers;

/// <summary>The commands of docs/docker.md, played in the directory of a bench that has the directories of the repository's docker/.</summary>
internal sealed class PageCommands
{
    private const string Fence = "```";

    private readonly ServerBench _bench;

    internal PageCommands(ServerBench bench)
    {
        _bench = bench;
        _bench.Environment["PATH"] = $"{Programs.Folder}:{_bench.Environment["PATH"]}";
        Directory.CreateDirectory(bench.FilePath("docker/kubernetes"));
    }

    /// <summary>The block of commands that follows <paramref name="sentence"/>.</summary>
    internal static string After(string sentence)
    {
        var page = Repository.Read("docs/docker.md");
        var at = page.IndexOf(sentence, StringComparison.Ordinal);
        Assert.True(at >= 0, $"docs/docker.md does not say '{sentence}'");
        return page[at..].Split(Fence, 3)[1];
    }

    /// <summary>Runs commands; the test fails with what they wrote where one of them fails.</summary>
    internal async Task<Ended> RunAsync(string commands)
    {
        var ended = await _bench.RunAsync("/bin/bash", "-euo", "pipefail", "-c", commands);
        Assert.True(ended.ExitCode == 0, ended.Error);
        return ended;
    }
}
