using Microsoft.Extensions.Logging;

namespace Coffer.Server.Catalog;

/// <summary>What the log says of loads that come to nothing, whoever asked for them.</summary>
internal static partial class LoadLog
{
    /// <summary>Says why, where <paramref name="outcome"/> is a refusal.</summary>
    internal static void SayIfRefused(this ILogger log, LoadOutcome outcome)
    {
        if (outcome is LoadOutcome.Refused refused) LogRefused(log, string.Join(" | ", refused.Lines));
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "not loaded, what was served stays: {Why}")]
    private static partial void LogRefused(ILogger log, string why);
}
