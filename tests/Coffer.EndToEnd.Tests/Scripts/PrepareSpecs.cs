using Coffer.EndToEnd.Tests.Server;

namespace Coffer.EndToEnd.Tests.Scripts;

/// <summary><c>make prepare</c>, on a machine that has all it installs.</summary>
public sealed class PrepareSpecs
{
    [Fact]
    public async Task Finds_all_that_is_there_for_a_user_who_does_not_look_where_the_programs_of_root_are()
    {
        await using var bench = new ServerBench();
        foreach (var program in new[] { "dotnet", "apt-get", "sudo" })
        {
            await File.WriteAllTextAsync(bench.FilePath(program), "#!/bin/sh\nexit 1\n", TestContext.Current.CancellationToken);
            File.SetUnixFileMode(bench.FilePath(program), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }
        bench.Environment["PATH"] = $"{Path.GetDirectoryName(bench.FilePath("dotnet"))}:/usr/local/bin:/usr/bin:/bin";

        var ended = await bench.RunAsync("/bin/bash", Programs.InRepository("tests", "prepare"));

        Assert.Equal((0, "", ""), (ended.ExitCode, ended.Text, ended.Error));
    }
}
