using System.Reflection;

namespace Coffer.CommandLine;

/// <summary>The program that speaks: whatever file it was started from, it calls itself by its own name.</summary>
internal static class ThisProgram
{
    internal static string Name { get; } = Assembly.GetEntryAssembly()!.GetName().Name!;

    internal static string Version => Assembly.GetEntryAssembly()!.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
}
