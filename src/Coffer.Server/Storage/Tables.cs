using LinqToDB.Mapping;

namespace Coffer.Server.Storage;

/// <summary>A coffer from one revision on, until another: <c>until</c> is null for the one that counts.</summary>
[Table("coffers")]
internal sealed class CofferRow
{
    [Column("owner", IsPrimaryKey = true, PrimaryKeyOrder = 0, CanBeNull = false)]
    public byte[] Owner { get; set; } = [];

    [Column("revision", IsPrimaryKey = true, PrimaryKeyOrder = 1)]
    public long Revision { get; set; }

    [Column("until")]
    public long? Until { get; set; }

    [Column("name", CanBeNull = false)]
    public string Name { get; set; } = "";

    [Column("digest", CanBeNull = false)]
    public byte[] Digest { get; set; } = [];

    [Column("sealed", CanBeNull = false)]
    public byte[] Sealed { get; set; } = [];
}

/// <summary>A revocation from one revision on, until another: <c>until</c> is null while it holds.</summary>
[Table("revocations")]
internal sealed class RevocationRow
{
    [Column("owner", IsPrimaryKey = true, PrimaryKeyOrder = 0, CanBeNull = false)]
    public byte[] Owner { get; set; } = [];

    [Column("revision", IsPrimaryKey = true, PrimaryKeyOrder = 1)]
    public long Revision { get; set; }

    [Column("until")]
    public long? Until { get; set; }
}

/// <summary>What is remembered of a revision; times in milliseconds since 1970.</summary>
[Table("revisions")]
internal sealed class RevisionRow
{
    [Column("revision", IsPrimaryKey = true)]
    public long Revision { get; set; }

    [Column("kind")]
    public int Kind { get; set; }

    [Column("serial")]
    public long? Serial { get; set; }

    [Column("companion")]
    public byte[]? Companion { get; set; }

    [Column("sealed_at")]
    public long? SealedAt { get; set; }

    [Column("file")]
    public string? File { get; set; }

    [Column("at")]
    public long At { get; set; }

    [Column("source")]
    public long? Source { get; set; }

    [Column("subject")]
    public byte[]? Subject { get; set; }

    [Column("clients")]
    public int Clients { get; set; }

    [Column("added")]
    public int Added { get; set; }

    [Column("changed")]
    public int Changed { get; set; }

    [Column("removed")]
    public int Removed { get; set; }
}

/// <summary>The one row that says whose turn it is to write.</summary>
[Table("terms")]
internal sealed class TermRow
{
    [Column("id", IsPrimaryKey = true)]
    public int Id { get; set; }

    [Column("term")]
    public long Term { get; set; }

    [Column("renewals")]
    public long Renewals { get; set; }
}

/// <summary>Facts about the database itself.</summary>
[Table("meta")]
internal sealed class MetaRow
{
    [Column("key", IsPrimaryKey = true, CanBeNull = false)]
    public string Key { get; set; } = "";

    [Column("value", CanBeNull = false)]
    public string Value { get; set; } = "";
}
