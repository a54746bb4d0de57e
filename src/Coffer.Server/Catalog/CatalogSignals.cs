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
}
