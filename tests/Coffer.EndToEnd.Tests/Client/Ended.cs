using System.Text;

namespace Coffer.EndToEnd.Tests.Client;

/// <summary>What a program left behind.</summary>
public sealed record Ended(int ExitCode, byte[] Output, string Error)
{
    public string Text => Encoding.UTF8.GetString(Output);

    public string[] Lines => Text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
