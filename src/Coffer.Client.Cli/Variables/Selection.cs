using Coffer.CommandLine;
using Coffer.Protocol.Secrets;
using Coffer.Shared;

namespace Coffer.Client.Cli.Variables;

/// <summary>A secret on its way out: the key it has in the coffer, the name it gets, and its value.</summary>
internal sealed record NamedSecret(string Key, string Name, SecretValue Value);

/// <summary>Which secrets are handed on, and under which names.</summary>
internal sealed record Selection
{
    /// <summary>The only keys to take; null takes all.</summary>
    internal string[]? Only { get; init; }

    /// <summary>Keys to leave out.</summary>
    internal string[] Except { get; init; } = [];

    /// <summary>Keys that have to be among what is handed on.</summary>
    internal string[] Require { get; init; } = [];

    /// <summary>Stands before each name.</summary>
    internal string Prefix { get; init; } = "";

    /// <summary>Whether names are written in upper case (ASCII).</summary>
    internal bool Upper { get; init; }

    /// <summary>Whether names that change how programs load code are taken.</summary>
    internal bool AllowDangerous { get; init; }

    /// <summary>Complains of names that select nothing where they were to select something: <paramref name="asked"/>, and those of --only. Whoever needs them would go without.</summary>
    internal void CheckNames(OpenCoffer coffer, IReadOnlyList<string> asked, List<Problem> problems)
    {
        var nearest = new NearestName(coffer.Secrets.Select(s => s.Key));
        foreach (var (name, naming) in asked.Select(n => (n, "")).Concat((Only ?? []).Select(n => (n, ", which --only names"))))
        {
            if (coffer.Find(name) is not null) continue;
            problems.Add(new($"the coffer holds no {Words.Quoted(name)}{naming}", nearest.Find(name) is { } near
                ? $"{Words.Quoted(name)}: did you mean {Words.Quoted(near)}?"
                : "names are keys as the definition writes them; 'coffer-client get' shows them all"));
        }
        foreach (var name in (Only ?? []).Where(Except.Contains)) problems.Add(new($"{Words.Quoted(name)} is in --only, and --except leaves it out", "take it out of the one or the other"));
        foreach (var name in asked.Where(n => coffer.Find(n) is not null))
        {
            if (Only is not null && !Only.Contains(name)) problems.Add(new($"{Words.Quoted(name)} is asked for, and --only leaves it out", "ask for it without --only, or name it there, too"));
            else if (Except.Contains(name)) problems.Add(new($"{Words.Quoted(name)} is asked for, and --except leaves it out", "ask for it without --except"));
        }
    }

    /// <summary>Picks and names; every complaint lands in <paramref name="problems"/>.</summary>
    internal IReadOnlyList<NamedSecret> Apply(OpenCoffer coffer, List<Problem> problems)
    {
        var picked = new List<NamedSecret>();
        foreach (var (key, value) in coffer.Secrets)
        {
            if ((Only is not null && !Only.Contains(key)) || Except.Contains(key)) continue;
            picked.Add(new(key, NameOf(key), value));
        }

        foreach (var key in Require)
            if (!picked.Exists(s => s.Key == key))
                problems.Add(new($"{Words.Quoted(key)} is required, and the coffer does not hold it{(coffer.Find(key) is null ? "" : " after --only and --except")}", "--require names keys as the definition writes them; ask the operator to add what is missing"));
        foreach (var same in picked.GroupBy(s => s.Name).Where(g => g.Skip(1).Any()))
            problems.Add(new($"{string.Join(" and ", same.Select(s => Words.Quoted(s.Key)))} would all be called {Words.Quoted(same.Key)}", "leave all but one out with --except, or go without --upper"));
        return picked;
    }

    /// <summary>Complains of names that a program's environment cannot or should not have.</summary>
    internal void CheckVariables(IEnumerable<NamedSecret> secrets, List<Problem> problems)
    {
        foreach (var secret in secrets)
        {
            var named = secret.Name == secret.Key ? Words.Quoted(secret.Name) : $"{Words.Quoted(secret.Name)}, from {Words.Quoted(secret.Key)},";
            if (!VariableName.IsValid(secret.Name))
                problems.Add(new($"{named} is no name for an environment variable, expected letters, digits and _, and no digit first", HintOfUnfit(secret.Key)));
            else if (VariableName.IsReserved(secret.Name))
                problems.Add(new($"{named} is one of coffer-client's own variables, which are not handed on", "rename the key in the definition, or put something before it with --prefix"));
            else if (!AllowDangerous && VariableName.IsDangerous(secret.Name))
                problems.Add(new($"{named} changes how programs find or load code", "put something before it with --prefix, leave it out with --except, or say --allow-dangerous if that is meant"));
            if (secret.Value.RevealAsText().Contains('\0', StringComparison.Ordinal))
                problems.Add(new($"{named} holds a NUL, which no environment variable can", "leave it out with --except"));
        }
    }

    /// <summary>The names of --except that the coffer does not hold.</summary>
    internal IEnumerable<string> Unneeded(OpenCoffer coffer) => Except.Where(key => coffer.Find(key) is null);

    // A prefix is no help against a character inside of the key.
    private string HintOfUnfit(string key)
    {
        if (Prefix.Length > 0 && !VariableName.IsValid(Prefix)) return "give --prefix letters, digits and _ alone, and no digit first";
        return VariableName.IsValid("_" + key)
            ? "rename the key in the definition, put something before it with --prefix, or leave it out with --except"
            : "rename the key in the definition, or leave it out with --except";
    }

    private string NameOf(string key) => Upper ? UpperAscii(Prefix + key) : Prefix + key;

    private static string UpperAscii(string name) => string.Concat(name.Select(c => char.IsAsciiLetterLower(c) ? (char)(c - 32) : c));
}
