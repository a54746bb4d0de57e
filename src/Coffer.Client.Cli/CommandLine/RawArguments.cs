using System.Text;

namespace Coffer.Client.Cli.CommandLine;

/// <summary>The program's arguments byte for byte, where .NET's strings would replace what is not UTF-8.</summary>
internal static class RawArguments
{
    /// <summary>The arguments from the number <paramref name="from"/> on, each ending in NUL.</summary>
    /// <param name="args">The arguments as .NET has them, to count by and to fall back on where /proc is not mounted.</param>
    /// <param name="from">How many of them to leave out.</param>
    internal static IReadOnlyList<byte[]> From(string[] args, int from)
    {
        var raw = Read();
        // Whoever started the runtime may have put its own arguments before ours.
        return raw.Count > args.Length ? [.. raw.Skip(raw.Count - args.Length + from)] : [.. args.Skip(from).Select(a => Encoding.UTF8.GetBytes(a + '\0'))];
    }

    private static List<byte[]> Read()
    {
        var arguments = new List<byte[]>();
        try
        {
            ReadOnlySpan<byte> rest = File.ReadAllBytes("/proc/self/cmdline");
            for (int end; (end = rest.IndexOf((byte)0)) >= 0; rest = rest[(end + 1)..])
                arguments.Add(rest[..(end + 1)].ToArray());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            arguments.Clear();
        }
        return arguments;
    }
}
