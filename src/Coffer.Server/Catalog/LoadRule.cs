namespace Coffer.Server.Catalog;

/// <summary>What may be done with a definition of some serial.</summary>
public enum LoadVerdict
{
    /// <summary>It is newer, or older and allowed: load it.</summary>
    Load,

    /// <summary>It has the serial of the one whose content counts: there is nothing to do if it is that one.</summary>
    Same,

    /// <summary>It is the newest one loaded, and was rolled back since.</summary>
    RolledBack,

    /// <summary>It is older than the newest one loaded.</summary>
    Older,
}

/// <summary>Decides whether a definition may be loaded. Source: protocol.md section 7.</summary>
public static class LoadRule
{
    /// <param name="newest">The greatest serial that was ever loaded, or null; a rollback does not lower it.</param>
    /// <param name="current">The serial of the definition whose content counts, or null.</param>
    /// <param name="serial">The definition's.</param>
    /// <param name="allowRollback">Whether the operator wants one that is not newer.</param>
    public static LoadVerdict Judge(long? newest, long? current, long serial, bool allowRollback)
    {
        if (newest is null || serial > newest) return LoadVerdict.Load;
        if (serial == current) return LoadVerdict.Same;
        if (allowRollback) return LoadVerdict.Load;
        return serial == newest ? LoadVerdict.RolledBack : LoadVerdict.Older;
    }
}
