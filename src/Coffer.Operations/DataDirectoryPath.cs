namespace Coffer.Operations;

/// <summary>Where a node keeps its data, and its control socket in there: server and coffer-ctl go by the same rule.</summary>
public static class DataDirectoryPath
{
    /// <summary>The control socket's name in the data directory.</summary>
    public const string SocketName = "control.sock";

    /// <summary>The name in the data directory of the file that a running server has locked, with its process id in it.</summary>
    public const string LockName = "lock";

    /// <summary>Why there is no directory without <c>--data</c>.</summary>
    public const string NoDefault = "--data: is missing, and this user has no home directory, where it would lie otherwise";

    /// <summary>The directory without <c>--data</c>: /var/lib/coffer for root, else ~/.local/state/coffer; null for a user without a home. Source: XDG Base Directory Specification.</summary>
    public static string? Default()
    {
        if (Environment.IsPrivilegedProcess) return "/var/lib/coffer";
        if (Environment.GetEnvironmentVariable("XDG_STATE_HOME") is { } state && Path.IsPathRooted(state)) return Path.Combine(state, "coffer");
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        return Path.IsPathRooted(home) ? Path.Combine(home, ".local", "state", "coffer") : null;
    }

    /// <summary>The socket of the node whose data lies in <paramref name="directory"/>.</summary>
    public static string SocketIn(string directory) => Path.GetFullPath(Path.Combine(directory, SocketName));
}
