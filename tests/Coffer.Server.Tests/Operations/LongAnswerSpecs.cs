using System.Text;
using System.Text.Json;
using Coffer.Operations;
using Coffer.Server.Tests.Audit;
using Coffer.Server.Tests.Catalog;

namespace Coffer.Server.Tests.Operations;

/// <summary>An answer whose rows take their time.</summary>
public sealed class LongAnswerSpecs : IAsyncLifetime
{
    private readonly WatchedNode _node = new();

    public ValueTask InitializeAsync() => _node.InitializeAsync();

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    [Fact]
    public async Task Sends_the_rows_that_there_are_before_the_last_is_known()
    {
        string[] names = ["first", "second", "third"];
        await _node.LoadAsync($"[clients]\n{string.Join('\n', names.Select(name => $"{name} = \"{Trail.NewKey()}\""))}\n{string.Join('\n', names.Select(name => $"[{name}]\nA = 1"))}");
        var gate = _node.Store.HoldClients(after: 2);
        using var control = new ControlClient(DataDirectoryPath.SocketIn(_node.DataDirectory));

        using var lines = await control.FollowAsync("/v1/coffer/clients");
        Assert.Equal(("first", "second"), (await NameAsync(lines), await NameAsync(lines)));
        gate.SetResult();

        Assert.Equal("third", await NameAsync(lines));
        Assert.True(AnswerEnd.TryRead(Encoding.UTF8.GetBytes(await LineAsync(lines)), out var end));
        Assert.Equal((true, 3), (end.IsWhole, end.Rows));
        Assert.Null(await lines.ReadLineAsync(TestContext.Current.CancellationToken));
    }

    private static async Task<string?> NameAsync(StreamReader lines) => JsonSerializer.Deserialize<JsonElement>(await LineAsync(lines)).GetProperty("name").GetString();

    private static async Task<string> LineAsync(StreamReader lines)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromMinutes(1));
        return Assert.IsType<string>(await lines.ReadLineAsync(patience.Token));
    }
}
