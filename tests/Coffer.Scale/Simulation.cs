using System.Collections.Immutable;
using System.Globalization;
using Akka.Actor;
using Akka.Cluster;
using Coffer.Crypto.Keys;
using Coffer.Server.Coffers;

namespace Coffer.Scale;

/// <summary>A cluster on a clock of its own: shards, the coordinator that places them by the product's rules, the clients that fetch, and a database that reads one row after the other.</summary>
/// <remarks>
/// Every client fetches once in clients / rate seconds. An entity lives for as long as the product keeps one that nobody asks. The node that dies is the newest, and never that of
/// the coordinator; nodes restart in the order of their age, so that each step moves the coordinator. What is not here: the nodes' CPU, the network, clients that give up, and faults of the database.
/// An input of 0 seconds takes none.
/// </remarks>
internal sealed class Simulation
{
    private const int Nowhere = -1;

    private const double Noticed = 0.001;

    private readonly ScaleInputs _inputs;
    private readonly ProductSharding _rules;
    private readonly PriorityQueue<Action, (double At, long Order)> _agenda = new();
    private readonly SortedDictionary<int, Node> _nodes = [];
    private readonly Shard[] _shards;
    private readonly Client[] _clients;
    private readonly int[] _order;
    private readonly HashSet<int> _moving = [];
    private readonly List<double> _held = [];
    private readonly Dictionary<int, int> _reads = [];
    private ImmutableSortedDictionary<IActorRef, IImmutableList<string>> _regions = ImmutableSortedDictionary.Create<IActorRef, IImmutableList<string>>(Region.Order);
    private double _now;
    private long _scheduled;
    private long _fetches;
    private double _coordinatorFree;
    private double _databaseFree;
    private bool _isEventOver;
    private int _moved;
    private int _lost;
    private int _stillLost;
    private double _lastPlaced;
    private double? _balanced;
    private double? _live;
    private double _worstShare;

    private Simulation(ScaleInputs inputs, ProductSharding rules)
    {
        _inputs = inputs;
        _rules = rules;
        var random = new Random(inputs.Seed);
        _shards = [.. Enumerable.Range(0, rules.Shards).Select(number => new Shard(number))];
        _clients = new Client[inputs.Clients];
        var key = new byte[PublicKey.Size];
        for (var i = 0; i < _clients.Length; i++)
        {
            random.NextBytes(key);
            var shard = CofferShardExtractor.ShardOf(new PublicKey(key), rules.Shards);
            _clients[i] = new Client { Shard = shard, LivesOn = Nowhere };
            _shards[shard].Clients.Add(i);
        }
        _order = [.. Enumerable.Range(0, _clients.Length)];
        random.Shuffle(_order);
        foreach (var shard in _shards) shard.SweepsSince = -random.NextDouble() * rules.PassivateAfter;
    }

    /// <summary>Has <paramref name="what"/> happen to a cluster in balance, or to one that starts.</summary>
    internal static ScaleFigures Run(ScaleEvent what, ScaleInputs inputs, ProductSharding rules)
    {
        var simulation = new Simulation(inputs, rules);
        for (var i = 0; i < inputs.Nodes; i++) simulation.AddNode(i);
        if (what != ScaleEvent.Cold) simulation.Warm();
        simulation.Begin(what);
        simulation.Run();
        return simulation.Figures();
    }

    private double Period => _clients.Length / _inputs.Rate;

    private bool IsOver => _balanced is not null && _stillLost == 0;

    // As if every client had fetched once before.
    private void Warm()
    {
        foreach (var shard in _shards) Place(shard);
        for (var i = 0; i < _order.Length; i++)
        {
            ref var client = ref _clients[_order[i]];
            client.LivesOn = _shards[client.Shard].Home!.Number;
            client.Asked = (i / _inputs.Rate) - Period;
        }
        _moved = 0;
    }

    private void Begin(ScaleEvent what)
    {
        switch (what)
        {
            case ScaleEvent.Join:
                AddNode(_inputs.Nodes);
                _isEventOver = true;
                break;
            case ScaleEvent.Die:
                Kill(_nodes[_inputs.Nodes - 1]);
                break;
            case ScaleEvent.Restart:
                Restart(0);
                break;
            case ScaleEvent.Cold:
                _lost = _stillLost = _clients.Length;
                for (var i = 0; i < _clients.Length; i++) _clients[i].IsLost = true;
                _isEventOver = true;
                break;
        }
        At(_rules.RebalanceInterval, Rebalance);
        At(0, Look);
        At(0, Fetch);
    }

    private void Run()
    {
        while (!IsOver && _agenda.TryDequeue(out var next, out var when) && when.At <= _inputs.Horizon)
        {
            _now = when.At;
            next();
        }
    }

    private void AddNode(int number)
    {
        var node = new Node(number);
        _nodes.Add(number, node);
        _regions = _regions.Add(node.Region, ImmutableList<string>.Empty);
        TellMembers();
    }

    private void Remove(Node node)
    {
        _nodes.Remove(node.Number);
        _regions = _regions.Remove(node.Region);
        TellMembers();
    }

    private void TellMembers() =>
        _rules.SetMembers(_nodes.Values.Select(node => (node.Region, node.State == NodeState.Leaving ? MemberStatus.Leaving : MemberStatus.Up, node.State != NodeState.Dead)));

    private void Kill(Node node)
    {
        node.State = NodeState.Dead;
        TellMembers();
        foreach (var shard in ShardsOf(node)) Lose(shard);
        After(_inputs.Downing, () =>
        {
            var shards = ShardsOf(node);
            Remove(node);
            foreach (var shard in shards) Free(shard);
            _isEventOver = true;
        });
    }

    private void Restart(int number)
    {
        var node = _nodes[number];
        var hasCoordinator = _nodes.Keys.First() == number;
        node.State = NodeState.Leaving;
        TellMembers();
        // Those that are on their way already are let go without this.
        var shards = ShardsOf(node).Where(shard => !_moving.Contains(shard.Number)).ToArray();
        foreach (var shard in shards) Stop(shard);
        After(_inputs.HandOff, () =>
        {
            Remove(node);
            if (hasCoordinator) _coordinatorFree = Math.Max(_coordinatorFree, _now + _inputs.HandOver);
            foreach (var shard in shards) Free(shard);
        });
        After(_inputs.HandOff + _inputs.Start, () =>
        {
            AddNode(_inputs.Nodes + number);
            if (number + 1 < _inputs.Nodes) Restart(number + 1);
            else _isEventOver = true;
        });
    }

    private void Rebalance()
    {
        var shards = _rules.Move(_regions, [.. _moving.Select(Name)]).Select(number => _shards[number]).ToArray();
        foreach (var shard in shards)
        {
            Stop(shard);
            After(_inputs.HandOff, () => Free(shard));
        }
        if (shards.Length > 0) _balanced = null;
        else if (_isEventOver && _moving.Count == 0 && _shards.All(shard => shard.Home is not null || shard.Clients.Count == 0)) _balanced ??= _lastPlaced;
        After(_rules.RebalanceInterval, Rebalance);
    }

    // Once a second.
    private void Look()
    {
        _worstShare = Math.Max(_worstShare, Share());
        After(1, Look);
    }

    private double Share()
    {
        var up = _nodes.Values.Where(node => node.State == NodeState.Up).ToArray();
        return up.Max(node => ShardsOf(node).Sum(shard => (double)shard.Clients.Count)) * up.Length / _clients.Length;
    }

    private void Fetch()
    {
        var number = _order[_fetches % _order.Length];
        var shard = _shards[_clients[number].Shard];
        var fetch = new Waiting(number, _now);
        if (IsServed(shard)) Serve(fetch, shard.Home!);
        else Wait(shard, fetch);
        _fetches++;
        At(_fetches / _inputs.Rate, Fetch);
    }

    private bool IsServed(Shard shard) => shard.Home?.State == NodeState.Up && !_moving.Contains(shard.Number);

    private void Wait(Shard shard, Waiting fetch)
    {
        shard.Waiting.Add(fetch);
        if (shard.Home is null) AskForPlace(shard);
    }

    private void AskForPlace(Shard shard)
    {
        if (shard.IsAsking) return;
        shard.IsAsking = true;
        _coordinatorFree = Math.Max(_coordinatorFree, _now) + _inputs.Placing;
        At(_coordinatorFree, () =>
        {
            shard.IsAsking = false;
            Place(shard);
            shard.SweepsSince = _now;
            if (IsServed(shard)) ServeWaiting(shard);
        });
    }

    private void Place(Shard shard)
    {
        var open = _regions.RemoveRange(_nodes.Values.Where(node => node.State == NodeState.Leaving).Select(node => node.Region));
        if (shard.Home is not null) throw new InvalidOperationException($"shard {shard.Number} has a place already");
        var region = _rules.Place(Name(shard.Number), open);
        _regions = _regions.SetItem(region, _regions[region].Add(Name(shard.Number)));
        shard.Home = _nodes[region.Number];
        if (shard.LastHome != region.Number) _moved++;
        shard.LastHome = region.Number;
        _lastPlaced = _now;
    }

    private void ServeWaiting(Shard shard)
    {
        foreach (var fetch in shard.Waiting) Serve(fetch, shard.Home!);
        shard.Waiting.Clear();
    }

    private void Serve(Waiting fetch, Node node)
    {
        ref var client = ref _clients[fetch.Client];
        if (!IsLive(client, node)) Read(ref client, node);
        client.Asked = _now;
        // What a row takes that nobody stands before is no waiting.
        if (Math.Max(client.Ready - (1 / _inputs.DatabaseRate), _now) - fetch.Since is > Noticed and var held) _held.Add(held);
    }

    private bool IsLive(in Client client, Node node) => client.LivesOn == node.Number && LastSweep(_shards[client.Shard]) - client.Asked <= _rules.PassivateAfter;

    // A shard looks twice in that time which of its entities nobody has asked for so long, from when it starts.
    private double LastSweep(Shard shard)
    {
        var every = _rules.PassivateAfter / 2;
        return shard.SweepsSince + (Math.Floor((_now - shard.SweepsSince) / every) * every);
    }

    private void Read(ref Client client, Node node)
    {
        _databaseFree = Math.Max(_databaseFree, _now) + (1 / _inputs.DatabaseRate);
        client.LivesOn = node.Number;
        client.Ready = _databaseFree;
        _reads[(int)_databaseFree] = _reads.GetValueOrDefault((int)_databaseFree) + 1;
        if (!client.IsLost) return;
        client.IsLost = false;
        if (--_stillLost == 0) _live = _databaseFree;
    }

    // Its entities are no more, and until it is placed nobody is served.
    private void Stop(Shard shard)
    {
        _moving.Add(shard.Number);
        Lose(shard);
    }

    private void Lose(Shard shard)
    {
        foreach (var number in shard.Clients)
        {
            ref var client = ref _clients[number];
            var wasLive = IsLive(client, shard.Home!);
            client.LivesOn = Nowhere;
            if (!wasLive) continue;
            _lost++;
            if (client.IsLost) continue;
            client.IsLost = true;
            _stillLost++;
            _live = null;
        }
    }

    private void Free(Shard shard)
    {
        var region = shard.Home!.Region;
        if (_regions.TryGetValue(region, out var held)) _regions = _regions.SetItem(region, held.Remove(Name(shard.Number)));
        shard.Home = null;
        _moving.Remove(shard.Number);
        if (shard.Waiting.Count > 0) AskForPlace(shard);
    }

    private Shard[] ShardsOf(Node node) => [.. _shards.Where(shard => shard.Home == node)];

    private void After(double seconds, Action action) => At(_now + seconds, action);

    private void At(double when, Action action) => _agenda.Enqueue(action, (when, _scheduled++));

    private static string Name(int shard) => shard.ToString(CultureInfo.InvariantCulture);

    private ScaleFigures Figures()
    {
        _held.Sort();
        return new ScaleFigures(
            _moved, _balanced, _worstShare, Share(), _lost, _live, _reads.Values.Sum(), _reads.Values.DefaultIfEmpty().Max(), _fetches,
            _held.Count, _held.Count > 0 ? _held[(int)Math.Ceiling(_held.Count * 0.99) - 1] : 0, _held.LastOrDefault(), _held.Count(held => held > _rules.Patient), _rules.StateSize(_regions),
            _regions.ToDictionary(region => ((Region)region.Key).Number, region => (IReadOnlyList<int>)[.. region.Value.Select(int.Parse).Order()]));
    }

    private enum NodeState
    {
        Up,
        Leaving,
        Dead,
    }

    private sealed class Node(int number)
    {
        internal int Number => number;
        internal Region Region { get; } = new(number);
        internal NodeState State { get; set; }
    }

    private sealed class Shard(int number)
    {
        internal int Number => number;
        internal List<int> Clients { get; } = [];
        internal List<Waiting> Waiting { get; } = [];
        internal Node? Home { get; set; }
        internal int LastHome { get; set; } = Nowhere;
        internal bool IsAsking { get; set; }
        internal double SweepsSince { get; set; }
    }

    private struct Client
    {
        internal int Shard;
        internal int LivesOn;
        internal bool IsLost;
        internal double Asked;
        internal double Ready;
    }

    private readonly record struct Waiting(int Client, double Since);
}
