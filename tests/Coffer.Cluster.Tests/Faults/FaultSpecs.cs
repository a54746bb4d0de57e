namespace Coffer.Cluster.Tests.Faults;

/// <summary>What clients notice while something happens to a cluster: docs/operations.md, "What a cluster survives". The soak has three more, in which the catalog's node is suspended for 30 s, or cut off with or without the database.</summary>
[Collection(nameof(FaultCluster))]
public sealed class FaultSpecs(FaultCluster cluster)
{
    [Fact]
    public Task A_rolling_restart_of_all_nodes_fails_no_fetch() => CheckAsync(FaultCatalogue.RollingRestart);

    [Fact]
    public Task A_killed_node_is_replaced_by_the_others() => CheckAsync(FaultCatalogue.Kill);

    [Fact]
    public Task A_load_during_which_the_catalogs_node_is_killed_is_whole_or_absent() => CheckAsync(FaultCatalogue.KillDuringLoad);

    [Fact]
    public Task A_node_that_was_suspended_for_5_s_answers_nothing_stale() => CheckAsync(FaultCatalogue.ShortSuspension);

    [Fact]
    public Task A_node_that_was_suspended_for_30_s_answers_nothing_stale() => CheckAsync(FaultCatalogue.LongSuspension);

    [Fact]
    public Task The_larger_part_serves_and_the_smaller_one_ends_itself_though_it_reaches_the_database() => CheckAsync(FaultCatalogue.Partition);

    [Fact]
    public Task A_link_with_200_ms_delay_fails_no_fetch_and_takes_no_node_out() => CheckAsync(FaultCatalogue.Delay);

    [Fact]
    public Task A_link_with_5_percent_loss_fails_no_fetch_and_takes_no_node_out() => CheckAsync(FaultCatalogue.Loss);

    [Fact]
    public Task Live_clients_are_served_while_the_database_is_stopped() => CheckAsync(FaultCatalogue.DatabaseStop);

    [Fact]
    public Task Nothing_is_lost_with_a_killed_database() => CheckAsync(FaultCatalogue.DatabaseKill);

    [Fact]
    public Task What_is_left_of_a_lost_cluster_says_unavailable_until_it_is_told_to_go_on() => CheckAsync(FaultCatalogue.LossOfTwo);

    [Fact]
    public Task Garbage_and_a_port_scan_on_the_nodes_port_change_nothing() => CheckAsync(FaultCatalogue.Garbage);

    [Fact]
    public Task Clients_of_a_node_with_a_full_disk_go_to_the_others() => CheckAsync(FaultCatalogue.FullDisk);

    private async Task CheckAsync(Fault fault)
    {
        var report = await FaultCase.RunAsync(cluster, fault, Random.Shared);

        TestContext.Current.TestOutputHelper?.WriteLine(report.ToString());
        report.Check();
    }
}

/// <summary>One cluster for all faults, and all of the machine: nothing else is tested meanwhile.</summary>
[CollectionDefinition(nameof(FaultCluster), DisableParallelization = true)]
public sealed class FaultCollection : ICollectionFixture<FaultCluster>;
