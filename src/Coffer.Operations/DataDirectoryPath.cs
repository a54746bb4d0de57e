namespace Coffer.Operations;

/// <summary>Where a node keeps its data, and its control socket in there: server and coffer-ctl go by the same rule.</summary>
public static class DataDirectoryPath
{
    /// <summary>The control socket's name in the data directory.</summary>
    public const string SocketName = "control.sock";

    /// <summary>The directory without <c>--data</c>: /var/lib/coffer for root, else ~/.local/state/coffer.</summary>
    public static string Default()
    {
        if (Environment.IsPrivilegedProcess) return "/var/lib/coffer";
        var state = Environment.GetEnvironmentVariable("XDG_STATE_HOME");
        return Path.Combine(string.IsNullOrEmpty(state) ? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".local", "state") : state, "coffer");
    }

    /// <summary>The socket of the node whose data lies in <paramref name="directory"/>.</summary>
    public static string SocketIn(string directory) => Path.GetFullPath(Path.Combine(directory, SocketName));
}
