namespace Coffer.Server.Catalog;

/// <summary>What the catalog and the nodes' views say to each other. Crosses nodes.</summary>
public interface ICatalogSignal;

/// <summary>The signals.</summary>
public static class CatalogSignals
{
    /// <summary>To every view: the store holds this revision now; answered by <see cref="RevisionConfirmed"/> once the view is of it.</summary>
    public sealed record RevisionMoved(long Revision) : ICatalogSignal;

    /// <summary>From a view: it is of this revision or a later one, and so is every answer from now on.</summary>
    public sealed record RevisionConfirmed(long Revision) : ICatalogSignal;

    /// <summary>From whoever has a command for the catalog, through what finds it; answered by <see cref="CatalogHere"/> from the catalog itself.</summary>
    public sealed record FindCatalog : ICatalogSignal
    {
        internal static readonly FindCatalog Instance = new();
    }

    /// <summary>From the catalog: its sender can be watched.</summary>
    public sealed record CatalogHere : ICatalogSignal
    {
        internal static readonly CatalogHere Instance = new();
    }

    /// <summary>To the catalog, from whoever waits for the answer to a command: is it still under way? Answered by <see cref="ProgressTold"/>.</summary>
    public sealed record ProgressAsked : ICatalogSignal
    {
        internal static readonly ProgressAsked Instance = new();
    }

    /// <summary>From the catalog to who waits for an answer: it is still to come; or there is none to come any more, and it went before this or was lost.</summary>
    public sealed record ProgressTold(bool IsUnderWay) : ICatalogSignal;

    /// <summary>From a view to the catalog: its node wants to go on serving. Answered by <see cref="LeaseGranted"/>, or not at all.</summary>
    /// <param name="Asked">When, by the asker's own clock; the catalog gives it back.</param>
    /// <param name="Revision">What its view is of: a store that is behind that was set back.</param>
    public sealed record LeaseWanted(long Asked, long Revision) : ICatalogSignal;

    /// <summary>To a view: its node may serve for the length of a lease after <paramref name="Asked"/>, once its view is of <paramref name="Revision"/>.</summary>
    /// <param name="Asked">As in <see cref="LeaseWanted"/>.</param>
    /// <param name="Term">The catalog's term.</param>
    /// <param name="Revision">The revision that counts.</param>
    public sealed record LeaseGranted(long Asked, long Term, long Revision) : ICatalogSignal;

    /// <summary>To every view, while the store does not answer: is this still the newest term? Answered by <see cref="TermKnown"/>, or not at all.</summary>
    /// <param name="Term">The catalog's term.</param>
    /// <param name="Round">Tells one asking from the next.</param>
    public sealed record TermAsked(long Term, long Round) : ICatalogSignal;

    /// <summary>From a view: it knows of no later term, and the catalog's node belongs to its cluster.</summary>
    public sealed record TermKnown(long Round) : ICatalogSignal;
}
