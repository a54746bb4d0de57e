using System.Reflection;

namespace Coffer.CommandLine;

/// <summary>The program that speaks: whatever file it was started from, it calls itself by its own name.</summary>
public static class ThisProgram
{
    /// <summary>Its name.</summary>
    public static string Name { get; } = Assembly.GetEntryAssembly()!.GetName().Name!;

    /// <summary>Its version.</summary>
    public static string Version => Assembly.GetEntryAssembly()!.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
}
