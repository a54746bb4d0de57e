using System.Text.RegularExpressions;
using Coffer.EndToEnd.Tests.Server;

namespace Coffer.EndToEnd.Tests.Containers;

/// <summary>The Dockerfiles, as far as they can be checked where no image can be pulled.</summary>
public sealed partial class DockerfileSpecs
{
    public static TheoryData<string> EveryProgram => new(Repository.Read("Makefile").Split('\n').Single(line => line.StartsWith("PROGRAMS := ", StringComparison.Ordinal))
        .Split(' ')[2..].Select(program => program["dist/".Length..]));

    [Theory]
    [MemberData(nameof(EveryProgram))]
    public void Copies_all_that_its_program_is_built_from(string program)
    {
        var file = Dockerfile.Of(program);
        var copied = file.All("COPY").Where(copy => !copy.StartsWith("--", StringComparison.Ordinal)).SelectMany(copy => copy.Split(' ')[..^1]).ToHashSet();
        var ignoredBut = Repository.Read(".dockerignore").Split('\n').Where(line => line.StartsWith('!')).Select(line => line[1..]).ToHashSet();

        Assert.Contains(program, file.Programs);
        Assert.All(copied, source => Assert.True(Path.Exists(Repository.FilePath(source)), $"{source} is not there"));
        Assert.Equal(ignoredBut.Order(StringComparer.Ordinal), copied.Order(StringComparer.Ordinal));
        var sources = Sources().Match(Repository.Read("Makefile"));
        Assert.All($"{sources.Groups["found"]} {sources.Groups["named"]} Makefile .editorconfig".Split(' '), source => Assert.Contains(source, copied));
        Assert.Contains("--from=build /source/dist /opt/coffer", file.All("COPY"));
    }

    [Theory]
    [MemberData(nameof(EveryProgram))]
    public void Takes_images_of_no_registry_but_the_one_that_it_is_given(string program)
    {
        var file = Dockerfile.Of(program);
        var arguments = file.All("ARG").Select(argument => argument.Split('=', 2)).ToDictionary(pair => $"${{{pair[0]}}}", pair => pair.ElementAtOrDefault(1));
        var stages = file.All("FROM").Select(from => from.Split(' ')).Where(words => words.Length == 3).Select(words => words[2]).ToList();

        Assert.All(file.All("FROM").Select(from => from.Split(' ')[0]), image =>
        {
            if ((arguments.TryGetValue(image, out var value) ? value : image) is { } named && !stages.Contains(named)) Assert.Matches("^[a-z]+:[a-z0-9-]+$", named);
        });
        Assert.Null(arguments["${SDK_IMAGE}"]);
    }

    [Theory]
    [MemberData(nameof(EveryProgram))]
    public void Runs_its_program_without_a_shell_as_a_user_of_no_rights(string program)
    {
        var file = Dockerfile.Of(program);
        var health = file.Only("HEALTHCHECK");

        Assert.DoesNotContain(file.Image, instruction => instruction.Name is "RUN" or "CMD");
        Assert.Equal([$"/opt/coffer/{program}"], file.Only("ENTRYPOINT").Exec);
        Assert.Equal("10001:10001", file.Only("USER").Arguments);
        Assert.Equal("SIGTERM", file.Only("STOPSIGNAL").Arguments);
        if (health.Arguments != "NONE") Assert.Contains(Path.GetRelativePath("/opt/coffer", health.Exec[0]), file.Programs);
    }

    [Theory]
    [MemberData(nameof(EveryProgram))]
    public async Task Sets_variables_that_every_program_in_it_has(string program)
    {
        await using var bench = new ServerBench();
        var file = Dockerfile.Of(program);

        var known = new HashSet<string>();
        foreach (var built in file.Programs) known.UnionWith(await Variables.OfAsync(bench, built));

        Assert.Subset(known, Variables.OurOwn(file.Environment.Keys).ToHashSet());
    }

    [Fact]
    public void The_page_says_what_the_servers_image_sets()
    {
        var page = Repository.Read("docs/docker.md");

        Assert.All(Dockerfile.Of("coffer-server").Environment.Where(variable => variable.Key != "PATH"), variable => Assert.Contains($"| `{variable.Key}` | `{variable.Value}` |", page, StringComparison.Ordinal));
    }

    [GeneratedRegex(@"^SOURCES := \$\(shell find (?<found>[a-z -]+) -type f [^\n]*\\\n\t(?<named>[^\n]+)$", RegexOptions.Multiline)]
    private static partial Regex Sources();
}
