using Coffer.Client.Cli.Variables;
using Coffer.CommandLine;

namespace Coffer.Client.Cli.Formats;

/// <summary>A way to print secrets.</summary>
internal abstract class Format
{
    /// <summary>What --format takes, the usual one first.</summary>
    internal static readonly string[] Names = ["toml", "json", "env", "docker", "raw"];

    /// <summary>Whether names become environment variables, and have to be fit for it.</summary>
    internal virtual bool NamesVariables => false;

    /// <summary>Whether what is written ends in a line feed.</summary>
    internal virtual bool EndsLines => true;

    /// <summary>The format called <paramref name="name"/>, or null.</summary>
    internal static Format? Of(string name) => name switch
    {
        "toml" => new TomlFormat(),
        "json" => new JsonFormat(),
        "env" => new EnvFormat(),
        "docker" => new DockerFormat(),
        "raw" => new RawFormat(),
        _ => null,
    };

    /// <summary>Complains of what the format cannot say.</summary>
    internal virtual void Check(IReadOnlyList<NamedSecret> secrets, List<Problem> problems)
    {
    }

    /// <summary>Writes UTF-8; the caller wipes it.</summary>
    internal abstract byte[] Write(IReadOnlyList<NamedSecret> secrets);
}
