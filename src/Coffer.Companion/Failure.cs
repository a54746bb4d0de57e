using Coffer.CommandLine;
using Coffer.Crypto.Keys;

namespace Coffer.Companion;

/// <summary>Says why something could not be done.</summary>
internal static class Failure
{
    internal static ExitCode Say(KeyProblem problem) => Say(new Problem(problem.Message, problem.Hint));

    internal static ExitCode Say(Problem problem)
    {
        Words.Say(problem);
        return ExitCode.Failed;
    }
}
