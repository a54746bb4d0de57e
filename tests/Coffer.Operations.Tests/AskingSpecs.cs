using System.Net.Sockets;
using System.Text;
using Coffer.Control;
using Coffer.Control.Asking;
using Coffer.Operations.Palettes;

namespace Coffer.Operations.Tests;

/// <summary>What coffer-ctl makes of what listens on a socket.</summary>
public sealed class AskingSpecs : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("coffer-asking-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public async Task Hands_on_the_rows_of_a_whole_answer()
    {
        var (end, rows) = await AskAsync(Answer("9.9.9", "{\"line\":\"a\"}\n{\"line\":\"b\"}\n{\"end\":\"whole\",\"rows\":2}\n"));

        Assert.True(end.IsWhole);
        Assert.Equal(["{\"line\":\"a\"}", "{\"line\":\"b\"}"], rows);
    }

    [Fact]
    public async Task Hands_on_no_note_as_a_row()
    {
        var (end, rows) = await AskAsync(Answer("9.9.9", "{\"note\":\"fewer than were asked for\"}\n{\"line\":\"a\"}\n{\"end\":\"whole\",\"rows\":1}\n"));

        Assert.True(end.IsWhole);
        Assert.Equal(["{\"line\":\"a\"}"], rows);
    }

    [Fact]
    public async Task Reads_a_row_that_is_longer_than_its_buffer()
    {
        var row = $"{{\"line\":\"{new string('a', 300_000)}\"}}";

        Assert.Equal([row], (await AskAsync(Answer("9.9.9", row + "\n{\"end\":\"whole\",\"rows\":1}\n"))).Rows);
    }

    [Fact]
    public async Task Names_both_versions_where_a_server_of_another_one_refuses()
    {
        var (end, _) = await AskAsync(Answer("9.9.9", "{\"end\":\"failed\",\"code\":\"not-found\",\"errors\":[\"no\"]}\n"));

        Assert.Equal("no", end.Errors![0]);
        Assert.StartsWith("the server is version 9.9.9, this coffer-ctl ", end.Errors[1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"line\":\"a\"}\n")]
    [InlineData("{\"line\":\"a\"}\n{\"end\":\"whole\",\"rows\":1}")]
    [InlineData("{\"line\":\"a\"}\n{\"end\":\"who\n")]
    [InlineData("")]
    public async Task Notices_an_answer_that_was_cut_off(string body) =>
        Assert.Equal(ExitCode.Cut, (await Assert.ThrowsAsync<ControlException>(() => AskAsync(Answer("9.9.9", body)))).ExitCode);

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", ExitCode.NoServer)]
    [InlineData("", ExitCode.NoServer)]
    [InlineData("SSH-2.0-x\r\n", ExitCode.Cut)]
    public async Task Notices_what_is_no_server(string answer, object exitCode) =>
        Assert.Equal(exitCode, (await Assert.ThrowsAsync<ControlException>(() => AskAsync(answer))).ExitCode);

    [Fact]
    public async Task Says_that_a_path_is_too_long_for_a_socket()
    {
        using var node = new Node("/tmp/" + new string('a', 200));

        Assert.Equal(ExitCode.NoServer, (await Assert.ThrowsAsync<ControlException>(() => node.AskAsync(LogPalette.Tail, [], null, _ => { }, () => { }))).ExitCode);
    }

    private static string Answer(string version, string body) => $"HTTP/1.1 200 OK\r\nCoffer-Version: {version}\r\nConnection: close\r\n\r\n{body}";

    private async Task<(AnswerEnd End, List<string> Rows)> AskAsync(string answer)
    {
        var path = Path.Combine(_directory.FullName, "control.sock");
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen();
        var answering = Task.Run(async () =>
        {
            using var asker = await listener.AcceptAsync(TestContext.Current.CancellationToken);
            await asker.ReceiveAsync(new byte[4096], TestContext.Current.CancellationToken);
            await asker.SendAsync(Encoding.UTF8.GetBytes(answer), TestContext.Current.CancellationToken);
            // HTTP asks once more where a connection ends without a word.
            listener.Dispose();
        });

        var rows = new List<string>();
        using var node = new Node(path);
        var end = await node.AskAsync(LogPalette.Tail, [], file: null, row => rows.Add(Encoding.UTF8.GetString(row.Span)), () => { });
        await answering;
        return (end, rows);
    }
}
