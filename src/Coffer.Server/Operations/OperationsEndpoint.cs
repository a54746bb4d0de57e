using System.Runtime.CompilerServices;
using System.Text.Json;
using Akka.Actor;
using Coffer.Operations;
using Coffer.Operations.Rows;
using Coffer.Server.Hosting;
using Coffer.Server.Storage;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace Coffer.Server.Operations;

/// <summary>Operations as HTTP has them: a path each, arguments in the query, a file in the body, an answer of lines.</summary>
/// <param name="handlers">What answers them.</param>
/// <param name="logs">Who hears of them.</param>
/// <param name="log">Hears of the server's own faults.</param>
/// <param name="stopping">Ends what follows.</param>
public sealed partial class OperationsEndpoint(OperationHandlers handlers, IEnumerable<IOperationsLog> logs, ILogger<OperationsEndpoint> log, CancellationToken stopping)
{
    private const string Index = "/v1/";
    private const int FlushAfter = 32 * 1024;

    private readonly ILogger _log = log;
    private readonly IOperationsLog[] _logs = [.. logs];

    /// <summary>Answers one request.</summary>
    public async Task AnswerAsync(HttpContext http)
    {
        http.Response.ContentType = AnswerEnd.MediaType;
        http.Response.Headers[AnswerEnd.VersionHeader] = ServerVersion.Text;
        if (ConnectionCount.IsTooMany(http))
        {
            http.Response.Headers.Connection = "close";
            await EndAsync(http, 0, new OperationException(
                OperationFault.Busy, $"the server has {ConnectionCount.Enough} connections of operators open, and takes no more", "end some of what follows ('coffer-ctl log tail'), or try again: one that asks nothing is closed after half a minute")).ConfigureAwait(false);
            return;
        }
        if (http.Request.Path == Index)
        {
            await ListAsync(http).ConfigureAwait(false);
            return;
        }
        if (!handlers.TryFind(http.Request.Path.Value ?? "", out var handler))
        {
            await EndAsync(http, 0, new OperationException(OperationFault.NotFound, $"there is no operation at {http.Request.Path}", $"GET {Index} lists them")).ConfigureAwait(false);
            return;
        }
        if (!OperationCall.TryMake(handler.Operation, Arguments(http.Request), FileOf(http), PeerCredentials.Of(http), out var call, out var refusal) || !IsAskedRightly(http.Request, call, out refusal))
        {
            await EndAsync(http, 0, refusal).ConfigureAwait(false);
            return;
        }
        await AnswerAsync(http, handler, call).ConfigureAwait(false);
    }

    private async Task AnswerAsync(HttpContext http, OperationHandler handler, OperationCall call)
    {
        var rows = 0L;
        OperationException? failure = null;
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, handler.Operation.Follows ? stopping : CancellationToken.None);
        try
        {
            await foreach (var row in Flushed(http, handler, call, ending.Token).ConfigureAwait(false))
            {
                while (call.TryTakeNote(out var note)) await WriteLineAsync(http.Response, new AnswerNote(note).ToLine()).ConfigureAwait(false);
                await WriteLineAsync(http.Response, row).ConfigureAwait(false);
                rows++;
            }
        }
        // All was said up to here, and nobody was promised more.
        catch (OperationCanceledException) when (stopping.IsCancellationRequested && handler.Operation.Follows && !http.RequestAborted.IsCancellationRequested)
        {
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            failure = new OperationException(OperationFault.Left, "the asker left before the end");
        }
        catch (Exception e)
        {
            failure = FailureOf(e, call);
        }

        foreach (var hearer in _logs) hearer.Ended(call, failure);
        if (!http.RequestAborted.IsCancellationRequested) await EndAsync(http, rows, failure).ConfigureAwait(false);
    }

    private OperationException FailureOf(Exception cause, OperationCall call)
    {
        switch (cause)
        {
            case OperationException known:
                return known;
            case StoreException store:
                return new OperationException(OperationFault.Store, $"the store: {store.Message}", "'coffer-ctl log tail' may say more");
            case BadHttpRequestException bad:
                return new OperationException(OperationFault.Usage, bad.StatusCode == StatusCodes.Status413PayloadTooLarge ? Operation.FileTooLarge : bad.Message);
            case AskTimeoutException:
                return new OperationException(OperationFault.Busy, "the node has not answered in time", "it may be starting, stopping or busy: try again");
            default:
                LogFault(cause, call);
                return new OperationException(OperationFault.Internal, "the server failed at this", "its log has the cause: 'coffer-ctl log tail'");
        }
    }

    // What was written goes out before anything is waited for, so that who follows sees it at once.
    private static async IAsyncEnumerable<byte[]> Flushed(HttpContext http, OperationHandler handler, OperationCall call, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var from = handler.AnswerAsync(call, cancellation).GetAsyncEnumerator(cancellation);
        await using (from.ConfigureAwait(false))
        {
            while (true)
            {
                var next = from.MoveNextAsync();
                if (!next.IsCompleted && (http.Response.HasStarted || handler.Operation.Follows)) await http.Response.BodyWriter.FlushAsync(http.RequestAborted).ConfigureAwait(false);
                if (!await next.ConfigureAwait(false)) yield break;
                yield return from.Current;
            }
        }
    }

    private static async Task WriteLineAsync(HttpResponse response, byte[] line)
    {
        var writer = response.BodyWriter;
        line.CopyTo(writer.GetSpan(line.Length + 1));
        writer.GetSpan(line.Length + 1)[line.Length] = (byte)'\n';
        writer.Advance(line.Length + 1);
        if (!response.HasStarted || writer.UnflushedBytes > FlushAfter) await writer.FlushAsync(response.HttpContext.RequestAborted).ConfigureAwait(false);
    }

    private static async Task EndAsync(HttpContext http, long rows, OperationException? failure)
    {
        if (!http.Response.HasStarted && failure is not null) http.Response.StatusCode = AnswerEnd.StatusOf(failure.Fault);
        try
        {
            await WriteLineAsync(http.Response, (failure is null ? AnswerEnd.Whole(rows) : AnswerEnd.Failed(failure)).ToLine()).ConfigureAwait(false);
            await http.Response.BodyWriter.FlushAsync(http.RequestAborted).ConfigureAwait(false);
        }
        // Who asked has gone, so there is nobody to be told.
        catch (OperationCanceledException)
        {
        }
    }

    private static async Task ListAsync(HttpContext http)
    {
        foreach (var operation in OperationCatalogue.Operations)
            await WriteLineAsync(http.Response, JsonSerializer.SerializeToUtf8Bytes(RowOf(operation), OperationsJson.Lines.OperationRow)).ConfigureAwait(false);
        await EndAsync(http, OperationCatalogue.Operations.Count(), null).ConfigureAwait(false);
    }

    private static OperationRow RowOf(Operation operation) => new(
        operation.Name,
        operation.Kind switch { OperationKind.Query => "GET", OperationKind.Command => "POST", _ => "GET, POST" },
        operation.Path,
        operation.Summary,
        [.. operation.Arguments.Select(a => a.IsRequired ? a.Name + "!" : a.Name)],
        operation.TakesFile);

    private static bool IsAskedRightly(HttpRequest request, OperationCall call, out OperationException? refusal)
    {
        var method = call.IsCommand ? HttpMethods.Post : HttpMethods.Get;
        refusal = request.Method == method ? null : new OperationException(OperationFault.Usage, $"{request.Method} does not ask for '{call.Operation}'{(call.Operation.Kind == OperationKind.Setting ? " like this" : "")}, expected {method}");
        return refusal is null;
    }

    private static List<KeyValuePair<string, string>> Arguments(HttpRequest request) =>
        [.. request.Query.SelectMany(parameter => parameter.Value.Select(value => KeyValuePair.Create(parameter.Key, value ?? "")))];

    private static Stream? FileOf(HttpContext http) =>
        http.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: true } && http.Request.ContentLength is null or > 0 ? http.Request.Body : null;

    [LoggerMessage(Level = LogLevel.Error, Message = "operator: {Call} failed inside the server")]
    private partial void LogFault(Exception cause, OperationCall call);
}
