using Coffer.EndToEnd.Tests.Client;
using Coffer.EndToEnd.Tests.Server;

namespace Coffer.EndToEnd.Tests.Installation;

/// <summary>Programs that were copied without the libraries that go along with them.</summary>
public sealed class MissingLibrarySpecs : IAsyncDisposable
{
    private readonly ServerBench _bench = new();

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task The_client_names_it()
    {
        var ended = await _bench.RunAsync(Copy(Programs.Client), "get", "--server", "127.0.0.1:1", "--server-key", _bench.ServerKey.ToString(), "--key", "client.pem");

        Misses("coffer-client", "libsodium.so", 125, ended);
    }

    [Fact]
    public async Task The_companion_names_it_and_makes_no_key()
    {
        var ended = await _bench.RunAsync(Copy(Programs.Companion), "keygen", "new.pem");

        Misses("coffer-companion", "libsodium.so", 2, ended);
        Assert.False(File.Exists(_bench.FilePath("new.pem")));
    }

    [Fact]
    public async Task The_server_names_the_one_that_is_missing()
    {
        var server = Copy(Programs.Server);
        string[] arguments = [.. _bench.Options.SelectMany(option => new[] { option.Key, option.Value })];

        Misses("coffer-server", "libsodium.so", 1, await _bench.RunAsync(server, arguments));
        Copy(Path.Combine(Programs.Folder, "libsodium.so"));
        Misses("coffer-server", "libe_sqlite3.so", 1, await _bench.RunAsync(server, arguments));
    }

    private static void Misses(string program, string library, int exitCode, Ended ended)
    {
        Assert.Equal(
            $"{program}: error: {library} cannot be loaded\n{program}: hint: it belongs beside the program: the .so files of dist/ go along wherever a program goes (README.md)\n", ended.Error);
        Assert.Equal((exitCode, ""), (ended.ExitCode, ended.Text));
    }

    private string Copy(string file) => Programs.Copy(file, Directory.CreateDirectory(_bench.FilePath("installed")).FullName);
}
