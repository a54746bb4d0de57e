using Coffer.CommandLine;

namespace Coffer.Control.Asking;

/// <summary>It could not be asked, or not to the end.</summary>
internal sealed class ControlException(ExitCode exitCode, Problem problem) : Exception(problem.Message)
{
    internal ExitCode ExitCode { get; } = exitCode;

    internal Problem Problem { get; } = problem;
}
