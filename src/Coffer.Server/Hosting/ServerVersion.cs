using System.Reflection;

namespace Coffer.Server.Hosting;

/// <summary>This server's version.</summary>
public static class ServerVersion
{
    /// <summary>As <c>--version</c> prints it behind the name.</summary>
    public static string Text { get; } = typeof(ServerVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
}
