using System.Text;
using Coffer.Client.Cli.Variables;
using Coffer.CommandLine;

namespace Coffer.Client.Cli.Formats;

/// <summary><c>NAME='value'</c> for a POSIX shell to read: within single quotes nothing means anything but the quote itself.</summary>
internal sealed class EnvFormat : Format
{
    internal override bool NamesVariables => true;

    internal override byte[] Write(IReadOnlyList<NamedSecret> secrets)
    {
        var text = new StringBuilder();
        foreach (var secret in secrets) text.Append(secret.Name).Append("='").Append(secret.Value.RevealAsText().Replace("'", "'\\''", StringComparison.Ordinal)).Append("'\n");
        return Encoding.UTF8.GetBytes(text.ToString());
    }
}

/// <summary><c>NAME=value</c> lines for <c>docker run --env-file</c>, which knows no quoting: a value is all up to the end of its line.</summary>
internal sealed class DockerFormat : Format
{
    // Docker reads lines with a buffer of 64 KiB that has to hold the line feed, too.
    private const int LongestLine = 65_534;

    internal override bool NamesVariables => true;

    internal override void Check(IReadOnlyList<NamedSecret> secrets, List<Problem> problems)
    {
        foreach (var secret in secrets)
        {
            var value = secret.Value.RevealAsText();
            if (value.Contains('\n', StringComparison.Ordinal) || value.EndsWith('\r'))
                problems.Add(new($"{Words.Quoted(secret.Name)} holds a line break, which docker's env files cannot say", "leave it out with --except, or start the program in the container with 'coffer-client run'"));
            else if (secret.Name.Length + 1 + Encoding.UTF8.GetByteCount(value) > LongestLine)
                problems.Add(new($"{Words.Quoted(secret.Name)} is longer than a line of docker's env files can be", "leave it out with --except, or start the program in the container with 'coffer-client run'"));
        }
    }

    internal override byte[] Write(IReadOnlyList<NamedSecret> secrets)
    {
        var text = new StringBuilder();
        foreach (var secret in secrets) text.Append(secret.Name).Append('=').Append(secret.Value.RevealAsText()).Append('\n');
        return Encoding.UTF8.GetBytes(text.ToString());
    }
}

/// <summary>One value as it is, and no line feed.</summary>
internal sealed class RawFormat : Format
{
    internal override bool EndsLines => false;

    internal override void Check(IReadOnlyList<NamedSecret> secrets, List<Problem> problems)
    {
        if (secrets.Count != 1) problems.Add(new($"raw prints exactly one value, and {secrets.Count} are asked for", "name one, as in 'coffer-client get password --format raw'"));
    }

    internal override byte[] Write(IReadOnlyList<NamedSecret> secrets) => Encoding.UTF8.GetBytes(secrets[0].Value.RevealAsText());
}
