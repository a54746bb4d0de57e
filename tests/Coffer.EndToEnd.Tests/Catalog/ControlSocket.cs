using System.Net.Sockets;

namespace Coffer.EndToEnd.Tests.Catalog;

/// <summary>Asks a running server's control socket, as curl would.</summary>
internal static class ControlSocket
{
    /// <summary>Runs one operation; the answer's lines.</summary>
    /// <exception cref="HttpRequestException">The server went away before it had answered.</exception>
    internal static async Task<string> PostAsync(string dataDirectory, string operation) => await SendAsync(dataDirectory, HttpMethod.Post, operation);

    /// <summary>Asks for what one operation shows; the answer's lines.</summary>
    internal static async Task<string> GetAsync(string dataDirectory, string operation) => await SendAsync(dataDirectory, HttpMethod.Get, operation);

    private static async Task<string> SendAsync(string dataDirectory, HttpMethod method, string operation)
    {
        using var http = new HttpClient(new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancellation) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(Path.Combine(dataDirectory, "control.sock")), cancellation);
                return new NetworkStream(socket, ownsSocket: true);
            },
        });
        using var request = new HttpRequestMessage(method, new Uri($"http://coffer/v1/{operation}"));
        using var response = await http.SendAsync(request, TestContext.Current.CancellationToken);
        return await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
    }
}
