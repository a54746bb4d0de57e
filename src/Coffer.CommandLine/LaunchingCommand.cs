using System.CommandLine;

namespace Coffer.CommandLine;

/// <summary>A command that starts a program, which stands behind <c>--</c> with its arguments.</summary>
public sealed class LaunchingCommand(string name, string description) : Command(name, description);
