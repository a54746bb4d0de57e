using Coffer.Server.Catalog;
using Coffer.Server.Tests.Conversations;

namespace Coffer.Server.Tests.Catalog;

/// <summary>Two sealed files of one serial.</summary>
public sealed class SerialSpecs : IAsyncLifetime
{
    private readonly TestNode _node = new();

    public ValueTask InitializeAsync() => _node.InitializeAsync();

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    [Fact]
    public async Task Another_definition_with_the_serial_of_the_one_that_counts_is_refused_unless_a_step_back_is_allowed()
    {
        await _node.LoadAsync(Definition("one"));

        var other = Assert.IsType<LoadOutcome.Refused>(await _node.TryLoadAsync(Definition("two"), serial: _node.Serial));
        var allowed = Assert.IsType<LoadOutcome.Loaded>(await _node.TryLoadAsync(Definition("two"), allowRollback: true, serial: _node.Serial));

        Assert.Equal(LoadRefusal.Older, other.Cause);
        Assert.Equal([$"test.coffer: has the same serial as the definition that counts, {_node.Serial}, and other content"], other.Lines);
        Assert.Equal(1, allowed.Counts.Changed);
    }

    [Fact]
    public async Task The_same_definition_sealed_again_with_the_same_serial_is_no_change()
    {
        var loaded = await _node.LoadAsync(Definition("one"));

        Assert.Equal(new LoadOutcome.Unchanged(loaded.Revision), await _node.TryLoadAsync(Definition("one"), serial: _node.Serial));
    }

    private string Definition(string secret) => $"[clients]\nclient = \"{_node.Client.PublicKey}\"\n[client]\nPASSWORD = \"{secret}\"\n";
}
