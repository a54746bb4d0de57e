namespace Coffer.CommandLine;

/// <summary>A native library that a program is installed without: no fault of the program.</summary>
public static class MissingLibrary
{
    // By the names that the programs load them by.
    private static readonly (string Name, string File)[] Known = [("libsodium", "libsodium.so"), ("e_sqlite3", "libe_sqlite3.so")];

    /// <summary>What is missing and what to do about it; null where <paramref name="exception"/> comes of something else.</summary>
    /// <remarks>It is loaded by the first call into it, mostly where a type is initialized, and what that throws stands within the exceptions of whoever used the type.</remarks>
    public static Problem? Describe(Exception exception)
    {
        for (var cause = exception; cause is not null; cause = cause.InnerException)
        {
            // Its message holds the name, even where the words around it are left out of the program.
            if (cause is DllNotFoundException missing)
                return new($"{FileIn(missing.Message)} cannot be loaded", "it belongs beside the program: the .so files of dist/ go along wherever a program goes (README.md)");
        }
        return null;
    }

    private static string FileIn(string message) =>
        Array.Find(Known, library => message.Contains(library.Name, StringComparison.Ordinal)).File ?? "a library of this program";
}
