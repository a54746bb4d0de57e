namespace Coffer.Crypto.Tests.Keys;

/// <summary>A directory of the test's own, gone when it is over.</summary>
internal sealed class ScratchDirectory : IDisposable
{
    private readonly string _path = Directory.CreateTempSubdirectory("coffer-keys-").FullName;

    internal string this[string name] => Path.Combine(_path, name);

    internal string Write(string name, string text, UnixFileMode mode = UnixFileMode.UserRead | UnixFileMode.UserWrite)
    {
        File.WriteAllText(this[name], text);
        File.SetUnixFileMode(this[name], mode);
        return this[name];
    }

    public void Dispose() => Directory.Delete(_path, recursive: true);
}
