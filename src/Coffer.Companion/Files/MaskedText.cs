using Coffer.Definitions;

namespace Coffer.Companion.Files;

/// <summary>A definition as TOML for eyes: every value is replaced by the same stars, so that not even its length or type shows.</summary>
internal static class MaskedText
{
    internal static void Write(Definition definition, TextWriter output)
    {
        output.WriteLine("[clients]");
        foreach (var client in definition.Clients) output.WriteLine($"{ShownName.BareOrQuoted(client.Name)} = \"{client.Key}\"");
        foreach (var client in definition.Clients.Where(client => client.Coffer.Secrets.Count > 0))
        {
            output.WriteLine();
            output.WriteLine(ShownName.Header(client.Name));
            foreach (var (key, _) in client.Coffer.Secrets) output.WriteLine($"{ShownName.BareOrQuoted(key)} = \"********\"");
        }
    }
}
