using Coffer.Client.Cli.Variables;
using Coffer.Protocol.Secrets;

namespace Coffer.Client.Cli.Formats;

/// <summary>What stands for a value on a terminal: the same for each, so that not even its length or type shows.</summary>
internal static class Mask
{
    private static readonly SecretValue Stars = SecretValue.OfText("********");

    internal static NamedSecret Over(NamedSecret secret) => secret with { Value = Stars };
}
