using System.Text.Json;
using System.Text.RegularExpressions;

namespace Coffer.EndToEnd.Tests.Containers;

/// <summary>A line of a Dockerfile, with those that continue it.</summary>
internal sealed record Instruction(string Name, string Arguments)
{
    /// <summary>The list of its exec form, which needs no shell.</summary>
    internal string[] Exec => JsonSerializer.Deserialize<string[]>(Arguments[Arguments.IndexOf('[', StringComparison.Ordinal)..])!;
}

/// <summary>The Dockerfile of a program.</summary>
internal sealed partial class Dockerfile
{
    private Dockerfile(IReadOnlyList<Instruction> instructions) => Instructions = instructions;

    internal IReadOnlyList<Instruction> Instructions { get; }

    /// <summary>What the image is made by, without the stages that go before.</summary>
    internal IReadOnlyList<Instruction> Image => [.. Instructions.Skip(Instructions.ToList().FindLastIndex(instruction => instruction.Name == "FROM") + 1)];

    /// <summary>The programs that it has make build.</summary>
    internal IReadOnlyList<string> Programs =>
        [.. All("RUN").Where(run => run.StartsWith("make ", StringComparison.Ordinal)).SelectMany(make => Target().Matches(make)).Select(target => target.Groups[1].Value)];

    /// <summary>The variables that the image sets.</summary>
    internal Dictionary<string, string> Environment => Image.Where(instruction => instruction.Name == "ENV")
        .SelectMany(env => env.Arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Select(pair => pair.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]);

    internal static string PathOf(string program) => $"docker/{program}.Dockerfile";

    internal static Dockerfile Of(string program)
    {
        var lines = Repository.Read(PathOf(program)).Split('\n').Where(line => line.Trim().Length > 0 && !line.StartsWith('#'));
        var joined = string.Join('\n', lines).Replace("\\\n", "", StringComparison.Ordinal);
        return new([.. joined.Split('\n').Select(line => line.Split(' ', 2)).Select(words => new Instruction(words[0], words[1].Trim()))]);
    }

    /// <summary>The arguments of every instruction of that name.</summary>
    internal IEnumerable<string> All(string name) => Instructions.Where(instruction => instruction.Name == name).Select(instruction => instruction.Arguments);

    /// <summary>The one instruction of that name which the image has.</summary>
    internal Instruction Only(string name) => Assert.Single(Image, instruction => instruction.Name == name);

    [GeneratedRegex(@"dist/([a-z-]+)")]
    private static partial Regex Target();
}
