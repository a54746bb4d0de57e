using Coffer.Crypto.Keys;
using Coffer.Protocol.Cbor;
using Coffer.Protocol.Secrets;
using Coffer.Shared;

namespace Coffer.Definitions.Reading;

/// <summary>Puts a definition together from its statements, told in the order of the file, and collects what is wrong with them.</summary>
/// <remarks>Source: docs/definition.md.</remarks>
internal sealed class DefinitionBuilder(string file)
{
    private const string ClientsTable = "clients";

    private static readonly ReadOnlyMemory<byte> EmptyCoffer = CofferCbor.Encode(OpenCoffer.Empty);

    private readonly List<Complaint> _complaints = [];
    private readonly List<Complaint> _warnings = [];
    private readonly NamePool _pool = new();
    private readonly EncodedCoffers _coffers = new();
    private readonly HashSet<string> _warned = [];

    private readonly List<Entry> _clients = [];
    private readonly Dictionary<string, Place> _clientNames = [];
    private readonly Dictionary<PublicKey, Entry> _keys = [];
    private readonly Dictionary<string, SecretTable> _tables = [];

    private readonly List<KeyValuePair<string, SecretValue>> _secrets = [];
    private readonly Dictionary<string, Place> _seen = [];

    private Section _section = Section.BeforeAny;
    private Place? _clientsAt;
    private SecretTable? _table;
    private string _key = "";
    private Place _keyAt;
    private bool _hasSpoiledHeader;

    // A statement could not be read, and none was since: what stands for a name may be a part of its value, and is not shown.
    private bool _isDoubtful;
    private bool _hasComplainedAboutRoot;

    private enum Section
    {
        BeforeAny,
        Clients,
        Secrets,

        /// <summary>A table that has been complained about as a whole: what stands in it is looked at and dropped.</summary>
        Dropped,
    }

    /// <summary>Whether the current key is in order and its value counts.</summary>
    internal bool WantsValue { get; private set; }

    /// <summary>Whether there are so many complaints that reading is to stop.</summary>
    internal bool IsFull => _complaints.Count >= DefinitionReader.MaxComplaints;

    /// <summary>The string of <paramref name="name"/>, shared where the same name stands in many tables.</summary>
    internal string Pooled(ReadOnlySpan<char> name) => _pool.Get(name);

    internal void Table(string name, Place at)
    {
        CloseTable();
        _seen.Clear();
        WantsValue = false;
        if (name == ClientsTable) OpenClients(at);
        else if (_tables.TryGetValue(name, out var first)) DropTable(at, $"{ShownTable(name)} stands twice, expected one table for each client (the first is on line {first.At.Line})", "put the secrets of both into one table");
        else
        {
            _table = new(name, at, _isDoubtful);
            _tables.Add(name, _table);
            _section = Section.Secrets;
        }
    }

    internal void NestedTable(bool isArray, Place at)
    {
        CloseTable();
        _seen.Clear();
        WantsValue = false;
        DropTable(at, isArray
            ? "an array of tables, expected one table for each client"
            : "a table inside of a table, expected one table for each client",
            isArray ? "write the name in single brackets" : "put the keys into the client's table, or a name with dots in double quotes: [\"a.name\"]");
    }

    internal void Key(string name, Place at)
    {
        _key = name;
        _keyAt = at;
        WantsValue = false;
        switch (_section)
        {
            case Section.BeforeAny:
                RefuseRootKey(at);
                return;
            case Section.Clients:
                WantsValue = IsSound(name, at, "client's name") && IsClientName(name, at);
                // A client whose key is refused is known all the same: its table is not to be complained about.
                if (!_clientNames.TryAdd(name, at)) WantsValue = RefuseTwice(name, at, "clients", _clientNames[name]);
                return;
            default:
                WantsValue = IsSound(name, at, "key");
                if (!_seen.TryAdd(name, at)) WantsValue = RefuseTwice(name, at, _table?.Name, _seen[name]);
                return;
        }
    }

    internal void DottedKey(Place at)
    {
        WantsValue = false;
        if (_section == Section.BeforeAny) RefuseRootKey(at);
        else Complain(at, "a dotted key, which makes a table inside of a table, expected a plain one", "put a name with dots in double quotes: \"a.name\"");
    }

    /// <summary>The current key's value is a table or an array.</summary>
    internal void Nested(string form)
    {
        if (!WantsValue) return;
        WantsValue = false;
        if (_section == Section.Clients) RefuseClientValue(form, _keyAt);
        else Complain(_keyAt, $"{ShownKey(_key)} is {form}, expected a string, number, boolean or date", form == "an array" ? "write one key for each element, or all of it as one string" : "write one key for each part, or all of it as one string");
    }

    internal void Value(SecretValue value, Place at)
    {
        WantsValue = false;
        if (_section == Section.Clients) AddClient(value, at);
        else AddSecret(value, at);
        _isDoubtful = false;
    }

    internal void BadValue(Problem problem, Place at)
    {
        WantsValue = false;
        Complain(at, problem.What, problem.Hint);
    }

    /// <summary>A statement that could not be read at all.</summary>
    internal void Spoiled(ReadOnlySpan<char> statement, Problem problem, Place at)
    {
        WantsValue = false;
        Complain(at, problem.What, problem.Hint);
        var wasDoubtful = _isDoubtful;
        _isDoubtful = true;

        // What follows from it is not complained about again.
        if (statement.TrimStart(" \t").StartsWith('['))
        {
            CloseTable();
            _seen.Clear();
            _section = Section.Dropped;
            _hasSpoiledHeader = true;
            return;
        }
        var name = StatementStarts.BareKey(statement);
        if (_section == Section.Clients && !wasDoubtful && !name.IsEmpty) _clientNames.TryAdd(name.ToString(), at);
    }

    /// <summary>A statement that could not be read because a PEM, of which <paramref name="pem"/> is the beginning, stands in it as no value may.</summary>
    internal void SpoiledByPem(ReadOnlySpan<char> statement, ReadOnlySpan<char> pem, Place at)
    {
        var problem = TomlMistakes.PemOnLine;
        // There it would be refused in any quotes.
        if (_section == Section.Clients && !PublicKey.TryRead(pem, out _, out var key))
        {
            var name = StatementStarts.BareKey(statement);
            problem = new($"the public key of {(_isDoubtful || name.IsEmpty ? "a client" : ShownName.Quote(name.ToString()))} is refused: {key.Message}", key.Hint);
        }
        Spoiled(statement, problem, at);
    }

    internal void Complain(Place at, string what, string hint) => _complaints.Add(new(file, at.Line, at.Column, what, hint));

    internal DefinitionReading Finish()
    {
        CloseTable();
        if (_clientsAt is null)
        {
            if (!_hasSpoiledHeader) Complain(Place.Start, "no [clients] table, expected one that names every client and its public key", "begin with [clients] and a line NAME = \"PUBLIC-KEY\" for each client; 'coffer-companion public FILE' prints the key");
        }
        else
        {
            ComplainAboutUnnamedTables();
        }
        if (_complaints.Count > 0) return Refuse();
        if (_clientsAt is { } at && _clients.Count == 0) _warnings.Add(new(file, at.Line, at.Column, "[clients] is empty: the load of this definition removes every client", "add a line NAME = \"PUBLIC-KEY\" for each client"));

        var clients = new DefinedClient[_clients.Count];
        for (var i = 0; i < clients.Length; i++)
        {
            var entry = _clients[i];
            var coffer = _tables.TryGetValue(entry.Name, out var table) ? table.Coffer : EmptyCoffer;
            clients[i] = new(entry.Name, entry.Key, coffer, entry.At.Line, entry.At.Column);
        }
        return new DefinitionReading.Accepted(new Definition(clients), InOrder(_warnings));
    }

    /// <summary>Ends reading where there is nothing to put together.</summary>
    internal DefinitionReading.Refused Refuse() => new(InOrder(_complaints), InOrder(_warnings));

    private void OpenClients(Place at)
    {
        if (_clientsAt is { } first)
        {
            DropTable(at, $"[clients] stands twice, expected one table that names every client (the first is on line {first.Line})", "put the clients of both into one table");
            return;
        }
        _clientsAt = at;
        _section = Section.Clients;
    }

    private void DropTable(Place at, string what, string hint)
    {
        _section = Section.Dropped;
        Complain(at, what, hint);
    }

    private void CloseTable()
    {
        if (_table is null) return;
        _table.Coffer = _coffers.Add(OpenCoffer.Of(_secrets));
        var size = _table.Coffer.Length;
        if (size > OpenCoffer.MaxEncodedSize)
            Complain(_table.At, $"the coffer of {(_table.IsDoubtful ? "this client" : ShownName.Quote(_table.Name))} takes {size} bytes encoded, expected at most {OpenCoffer.MaxEncodedSize} (1 MiB)", "keep large files elsewhere, and the key to them here");
        _secrets.Clear();
        _table = null;
    }

    private void RefuseRootKey(Place at)
    {
        if (_hasComplainedAboutRoot) return;
        _hasComplainedAboutRoot = true;
        Complain(at, "a key above every table, expected [clients] or a client's table first", "put the line into the table of the client it belongs to");
    }

    private bool RefuseTwice(string name, Place at, string? table, Place first)
    {
        var where = table is null || _isDoubtful ? "in this table" : $"in {ShownName.Header(table)}";
        Complain(at, $"{ShownKey(name)} stands twice {where}, expected once (the first is on line {first.Line})", "take one of them away");
        return false;
    }

    private bool IsSound(string name, Place at, string kind)
    {
        if (name.Length == 0) Complain(at, $"an empty {kind}, expected at least one character", "give it a name");
        else if (name.Contains('\0')) Complain(at, $"a NUL in a {kind}, expected text without", "take it out: no name in an environment can hold it");
        else return true;
        return false;
    }

    private bool IsClientName(string name, Place at)
    {
        if (name != ClientsTable) return true;
        Complain(at, "a client named \"clients\", expected another name: [clients] is the table that lists them", "give the client another name");
        return false;
    }

    private string ShownKey(string name) => _isDoubtful ? "a key" : ShownName.Quote(name);

    private string ShownTable(string name) => _isDoubtful ? "a table" : ShownName.Header(name);

    private void WarnOfName(string name, Place at)
    {
        if (_isDoubtful || DoubtOf(name) is not var (what, hint) || !_warned.Add(name)) return;
        _warnings.Add(new(file, at.Line, at.Column, $"{ShownName.Quote(name)} {what}", hint));
    }

    // What 'coffer-client run' refuses, by the same lists.
    private static (string What, string Hint)? DoubtOf(string name)
    {
        if (!VariableName.IsValid(name)) return ("is no environment name, expected letters, digits and _, not a digit first", "'coffer-client run' refuses it; 'coffer-client get' can print it as json, toml or raw");
        if (VariableName.IsReserved(name)) return ("is one of coffer-client's own variables", "'coffer-client run' refuses it, unless --prefix puts something before it; 'coffer-client get' can print it as json, toml or raw");
        if (VariableName.IsDangerous(name)) return ("changes how programs find or load code", "'coffer-client run' refuses it, unless --prefix puts something before it or --allow-dangerous is said");
        return null;
    }

    private void RefuseClientValue(string form, Place at) =>
        Complain(at, $"{form} stands where the public key of {ShownKey(_key)} belongs, expected a string", "write NAME = \"PUBLIC-KEY\"; secrets stand in the table [NAME]");

    private void AddClient(SecretValue value, Place at)
    {
        if (value.Kind != SecretKind.Text)
        {
            RefuseClientValue(value.Kind switch
            {
                SecretKind.Integer => "an integer",
                SecretKind.Float => "a float",
                SecretKind.Boolean => "a boolean",
                _ => "a date or time",
            }, at);
            return;
        }
        if (!PublicKey.TryRead(value.RevealText(), out var key, out var problem))
        {
            Complain(at, $"the public key of {ShownName.Quote(_key)} is refused: {problem.Message}", problem.Hint);
            return;
        }

        var entry = new Entry(_key, key, _keyAt);
        if (_keys.TryGetValue(key, out var other))
            Complain(at, $"{ShownName.Quote(_key)} has the public key of {ShownName.Quote(other.Name)} on line {other.At.Line}, expected one of its own", "make a key pair for each client with 'coffer-companion keygen FILE'");
        else _keys.Add(key, entry);
        _clients.Add(entry);
    }

    private void AddSecret(SecretValue value, Place at)
    {
        if (value.Kind == SecretKind.Text && value.RevealText().Contains('\0'))
            Complain(at, $"a NUL in the value of {ShownName.Quote(_key)}, expected text without", "encode it, as base64 for one: no variable in an environment can hold a NUL");
        else if (_table is not null)
            _secrets.Add(new(_key, value));
        WarnOfName(_key, _keyAt);
    }

    private void ComplainAboutUnnamedTables()
    {
        var nearestWithout = new NearestName(_clientNames.Keys.Where(name => !_tables.ContainsKey(name)));
        var nearest = new NearestName(_clientNames.Keys);
        foreach (var table in _tables.Values)
        {
            if (_clientNames.ContainsKey(table.Name)) continue;
            if (table.Name.Length == 0)
            {
                Complain(table.At, "a table without a name, expected the name of a client", "write the client's name between the brackets");
                continue;
            }
            if (table.IsDoubtful)
            {
                Complain(table.At, "no client is named so, expected a name from [clients]", "the statement before could not be read: mend that first, this may be a part of it");
                continue;
            }
            Complain(table.At, $"no client is named {ShownName.Quote(table.Name)}, expected a name from [clients]", (nearestWithout.Find(table.Name) ?? nearest.Find(table.Name)) is { } near
                ? $"did you mean {ShownName.Header(near)}?"
                : $"add {ShownName.BareOrQuoted(table.Name)} = \"PUBLIC-KEY\" to [clients], or take the table away");
        }
    }

    private static Complaint[] InOrder(List<Complaint> complaints) => [.. complaints.OrderBy(complaint => complaint.Line).ThenBy(complaint => complaint.Column)];

    private sealed record Entry(string Name, PublicKey Key, Place At);

    private sealed class SecretTable(string name, Place at, bool isDoubtful)
    {
        internal string Name { get; } = name;

        internal Place At { get; } = at;

        /// <summary>Whether its name is not to be shown.</summary>
        internal bool IsDoubtful { get; } = isDoubtful;

        internal ReadOnlyMemory<byte> Coffer { get; set; }
    }
}
