using System.Globalization;
using System.Net;
using System.Text.Json;
using Coffer.Crypto.Keys;
using Coffer.Server.Audit;
using Coffer.Server.Sessions;
using Microsoft.Extensions.Logging;

namespace Coffer.Server.Tests.Audit;

/// <summary>What specs of the trail share.</summary>
internal static class Trail
{
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    internal static readonly IPEndPoint From = new(IPAddress.Loopback, 40_000);

    /// <summary>Records an event that carries a number.</summary>
    internal static void RecordNumber(this AuditTrail trail, int number) => trail.Command("test count", [new("number", number.ToString(CultureInfo.InvariantCulture))], "uid 0", "done");

    /// <summary>The numbers of those events, in the order of the lines; every line must be whole JSON.</summary>
    internal static int[] Numbers(IEnumerable<string> lines) =>
        [.. lines.Select(line => int.Parse(Field(line, "arguments", "number")!, CultureInfo.InvariantCulture))];

    internal static string? Field(string line, params string[] path)
    {
        using var json = JsonDocument.Parse(line);
        var at = json.RootElement;
        foreach (var name in path)
            if (!at.TryGetProperty(name, out at)) return null;
        return at.ToString();
    }

    /// <summary>The names of a line's fields, in their order.</summary>
    internal static string[] Fields(string line)
    {
        using var json = JsonDocument.Parse(line);
        return [.. json.RootElement.EnumerateObject().Select(field => field.Name)];
    }

    /// <summary>Reads what the server has open for itself alone; without a line that is being written.</summary>
    internal static string[] ReadLines(string file)
    {
        using var cat = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("/bin/cat", [file]) { RedirectStandardOutput = true })!;
        var text = cat.StandardOutput.ReadToEnd();
        cat.WaitForExit();
        return text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>Waits until <paramref name="isSo"/>.</summary>
    internal static async Task UntilAsync(Func<bool> isSo)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!isSo()) await Task.Delay(10, patience.Token);
    }

    internal static PublicKey NewKey()
    {
        using var pair = KeyPair.Generate();
        return pair.PublicKey;
    }
}

/// <summary>Keeps what is logged.</summary>
internal sealed class KeptLog : ILogger
{
    private readonly List<string> _lines = [];

    internal string[] Lines
    {
        get
        {
            lock (_lines) return [.. _lines];
        }
    }

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        lock (_lines) _lines.Add($"{logLevel}: {formatter(state, exception)}");
    }
}
