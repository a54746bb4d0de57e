namespace Coffer.Server.Catalog;

/// <summary>Until when this node may serve. Thread safe.</summary>
/// <param name="clock">Its timestamps must go on while the process is suspended.</param>
/// <param name="settings">Null for a node that shares its store with nobody: it holds the lease for good.</param>
public sealed class NodeLease(TimeProvider clock, LeaseSettings? settings)
{
    private long _end = long.MinValue;

    /// <summary>How it is renewed; null where it lasts for good.</summary>
    public LeaseSettings? Settings => settings;

    /// <summary>Whether it lasts at this moment.</summary>
    public bool IsHeld => settings is null || clock.GetTimestamp() < Volatile.Read(ref _end);

    /// <summary>The moment from which a lease that is asked for now will count.</summary>
    public long Now => clock.GetTimestamp();

    /// <summary>It was granted, and had been asked for at <paramref name="asked"/>. One thread alone calls this.</summary>
    public void Hold(long asked)
    {
        var end = settings!.EndOf(asked, clock);
        if (end > _end) Volatile.Write(ref _end, end);
    }
}
