using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Coffer.Operations;

namespace Coffer.Server.Tests.Operations;

/// <summary>What a node said: the status of HTTP, the rows, and the last line.</summary>
internal sealed record ControlAnswer(HttpStatusCode Status, IReadOnlyList<JsonElement> Rows, AnswerEnd End)
{
    internal JsonElement Row => Assert.Single(Rows);
}

/// <summary>Speaks to a node's control socket as curl would, knowing nothing of the rows.</summary>
internal sealed class ControlClient : IDisposable
{
    private readonly HttpClient _http;

    internal ControlClient(string socket) => _http = new HttpClient(new SocketsHttpHandler
    {
        ConnectCallback = async (_, cancellation) =>
        {
            var connected = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await connected.ConnectAsync(new UnixDomainSocketEndPoint(socket), cancellation);
            return new NetworkStream(connected, ownsSocket: true);
        },
    })
    { BaseAddress = new Uri("http://coffer") };

    internal Task<ControlAnswer> GetAsync(string pathAndQuery) => SendAsync(HttpMethod.Get, pathAndQuery);

    internal Task<ControlAnswer> PostAsync(string pathAndQuery, byte[]? file = null) => SendAsync(HttpMethod.Post, pathAndQuery, file);

    internal async Task<ControlAnswer> SendAsync(HttpMethod method, string pathAndQuery, byte[]? file = null)
    {
        using var request = new HttpRequestMessage(method, pathAndQuery) { Content = file is null ? null : new ByteArrayContent(file) };
        using var response = await _http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(AnswerEnd.MediaType, response.Content.Headers.ContentType!.MediaType);
        var lines = (await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken)).AsMemory();
        var rows = new List<JsonElement>();
        while (true)
        {
            var length = lines.Span.IndexOf((byte)'\n');
            Assert.True(length > 0, "an answer was cut");
            var line = lines[..length];
            lines = lines[(length + 1)..];
            if (!AnswerEnd.TryRead(line.Span, out var end))
            {
                rows.Add(JsonSerializer.Deserialize<JsonElement>(line.Span));
                continue;
            }
            Assert.True(lines.IsEmpty, "something follows the last line");
            return new(response.StatusCode, rows, end);
        }
    }

    /// <summary>Begins to follow; a line each, until the caller disposes.</summary>
    internal async Task<StreamReader> FollowAsync(string pathAndQuery) => new(await _http.GetStreamAsync(pathAndQuery, TestContext.Current.CancellationToken));

    public void Dispose() => _http.Dispose();
}
