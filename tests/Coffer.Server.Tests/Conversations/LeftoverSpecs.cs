namespace Coffer.Server.Tests.Conversations;

/// <summary>What conversations leave behind. Run alone: the sockets that are counted are those of the whole process.</summary>
[Collection("alone")]
public sealed class LeftoverSpecs : IAsyncLifetime
{
    private readonly TestNode _node = new();

    public ValueTask InitializeAsync() => _node.InitializeAsync();

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    [Fact]
    public async Task No_actor_socket_or_descriptor_is_left_behind_by_any_conversation_that_the_tests_know()
    {
        // Before the first connection, of which something might still be about to end.
        var actorsBefore = await _node.ConnectionActorsAsync();
        await _node.ServesAsBeforeAsync();
        await ComeDownAsync(async () => await _node.ConnectionActorsAsync() <= actorsBefore);
        var socketsBefore = TestNode.OpenSockets();

        await ConverseAsync(new ConversationSpecs(_node));

        // An actor that is gone has asked for its socket to be closed; the runtime does that a moment later.
        await ComeDownAsync(async () => await _node.ConnectionActorsAsync() <= actorsBefore && TestNode.OpenSockets() <= socketsBefore);
        Assert.Equal(actorsBefore, await _node.ConnectionActorsAsync());
        Assert.InRange(TestNode.OpenSockets(), 0, socketsBefore);
    }

    [Fact]
    public async Task A_conversation_that_is_open_is_counted()
    {
        var actors = await _node.ConnectionActorsAsync();

        using var peer = await RawPeer.ConnectAsync(_node.Address);
        await peer.LinkAsync(_node.Client, _node.ServerKey);

        // The connection, its session, and what Akka has for the socket.
        Assert.Equal(actors + 3, await _node.ConnectionActorsAsync());
    }

    // What comes after says what did not come down.
    private static async Task ComeDownAsync(Func<Task<bool>> isDown)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!patience.IsCancellationRequested && !await isDown()) await Task.Delay(20);
    }

    // Every violation in every state, every way to go away, and what is as it should be.
    private static async Task ConverseAsync(ConversationSpecs conversations)
    {
        foreach (var row in ConversationSpecs.Table()) await conversations.Answers_as_the_table_says(row.Data.Item1, row.Data.Item2, row.Data.Item3);
        foreach (var row in ConversationSpecs.Violations()) await conversations.Refuses_what_is_no_message_of_its_state(row.Data.Item1, row.Data.Item2, row.Data.Item3);
        foreach (var state in Enum.GetValues<ConversationSpecs.State>())
        {
            await conversations.A_client_may_go_away_in_any_state(state, reset: false);
            await conversations.A_client_may_go_away_in_any_state(state, reset: true);
        }
        await conversations.A_client_that_ends_its_side_after_Get_still_gets_its_coffer();
        await conversations.Refuses_every_changed_bit_of_a_Hello();
        await conversations.A_replayed_Hello_gives_a_Link_that_nobody_can_use();
        await conversations.Refuses_a_replayed_message();
        await conversations.Refuses_a_message_out_of_order();
        await conversations.Takes_a_conversation_byte_by_byte();
        await conversations.Takes_two_frames_in_one_segment();
        await conversations.Refuses_the_second_of_two_frames_in_one_segment();
    }
}
