using System.Text;
using Coffer.Client.Cli.Variables;
using Coffer.Protocol.Secrets;
using Coffer.Shared;

namespace Coffer.Client.Cli.Formats;

/// <summary><c>key = value</c> lines that read back equal, type and all. Source: TOML 1.0.</summary>
internal sealed class TomlFormat : Format
{
    internal override byte[] Write(IReadOnlyList<NamedSecret> secrets)
    {
        var text = new StringBuilder();
        foreach (var secret in secrets)
        {
            if (IsBare(secret.Name)) text.Append(secret.Name);
            else AppendString(text, secret.Name);
            text.Append(" = ");
            if (secret.Value.Kind == SecretKind.Text) AppendString(text, secret.Value.RevealText());
            else text.Append(secret.Value.RevealAsText());
            text.Append('\n');
        }
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static bool IsBare(string key) => key.Length > 0 && key.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-');

    private static void AppendString(StringBuilder text, string value)
    {
        text.Append('"');
        foreach (var rune in value.EnumerateRunes())
        {
            _ = rune.Value switch
            {
                '"' => text.Append("\\\""),
                '\\' => text.Append("\\\\"),
                '\n' => text.Append("\\n"),
                '\r' => text.Append("\\r"),
                '\t' => text.Append("\\t"),
                // A definition takes it only so: bare it is what text that was damaged has in it.
                0xFFFD => text.Append("\\uFFFD"),
                _ when OneLine.IsObeyed(rune) => text.Append(OneLine.InToml(rune)),
                _ => text.Append(rune),
            };
        }
        text.Append('"');
    }
}
