using Coffer.Server.Tests.Operations;
using Coffer.Tests.Shared;

namespace Coffer.Server.Tests.Catalog;

/// <summary>Loads of a node that clients poll.</summary>
[Takes(seconds: 15)]
public sealed class PolledLoadSpecs : IAsyncLifetime
{
    private readonly PatientNode _node = new();

    public ValueTask InitializeAsync() => _node.InitializeAsync();

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    [Fact]
    public Task A_Get_that_begins_after_the_acknowledgement_never_gets_an_older_coffer() =>
        new PolledLoads(_node.Client, _node.ServerKey, loads: 210, new PolledNode(_node.Address, toml => _node.TryLoadAsync(toml), _node.AskAsync)).RunAsync(pollers: 4);
}
