using System.Reflection;

namespace Coffer.Server.Hosting;

/// <summary>This server's version.</summary>
public static class ServerVersion
{
    /// <summary>As <c>--version</c> prints it.</summary>
    public static string Text { get; } = typeof(ServerVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
}
