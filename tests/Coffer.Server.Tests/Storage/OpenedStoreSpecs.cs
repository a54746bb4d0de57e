using Coffer.Crypto.Keys;
using Coffer.Server.Storage;
using Coffer.Server.Tests.Hosting;

namespace Coffer.Server.Tests.Storage;

/// <summary>Which file of SQLite is opened, and that one server has it, whatever it is called by.</summary>
public sealed class OpenedStoreSpecs : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("coffer-opened-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData("stored/coffer.db", "stored/coffer.db")]
    [InlineData("stored/coffer.db", "link.db")]
    [InlineData("stored/coffer.db", "linked/coffer.db")]
    [InlineData("stored/coffer.db", "linked/../link.db")]
    [InlineData("link.db", "linked/coffer.db")]
    public async Task Is_of_one_server_by_whatever_links_it_is_named(string first, string second)
    {
        MakeLinks();
        await using var opened = await OpenAsync("one", first);

        Assert.Equal(StoreFault.InUse, (await RefusalAsync("two", second)).Fault);

        Assert.False(File.Exists(Named("lock")));
    }

    [Fact]
    public async Task Is_of_one_server_where_the_database_of_a_data_directory_is_a_link()
    {
        MakeLinks();
        Directory.CreateDirectory(Named("two"));
        File.CreateSymbolicLink(Named("two/coffer.db"), "../one/coffer.db");
        await using var opened = await OpenAsync("one", store: null);

        Assert.Equal(StoreFault.InUse, (await RefusalAsync("two", store: null)).Fault);
    }

    [Theory]
    [InlineData("stored", "linked/coffer.db")]
    [InlineData("linked", "stored/coffer.db")]
    public async Task May_be_in_the_data_directory_by_another_name(string data, string store)
    {
        MakeLinks();

        await using var opened = await OpenAsync(data, store);

        Assert.True(File.Exists(Named("stored/coffer.db")));
    }

    [Fact]
    public async Task Makes_no_directory_for_a_file()
    {
        var refused = await RefusalAsync("data", "nowhere/else/coffer.db");

        Assert.Equal((StoreFault.NotWritable, $"the directory {Named("nowhere/else")} does not exist"), (refused.Fault, refused.Message));
        Assert.False(Directory.Exists(Named("nowhere")));
    }

    [Theory]
    [InlineData("stored", "is a directory, expected a file")]
    [InlineData("stored/", "is a directory, expected a file")]
    [InlineData("pipe", "is no regular file")]
    [InlineData("circle", "is a link that leads to no file")]
    public async Task Refuses_what_is_no_file(string store, string what)
    {
        MakeLinks();
        SpecialFiles.Pipe(Named("pipe"));
        File.CreateSymbolicLink(Named("circle"), "circle");

        var refused = await RefusalAsync("data", store);

        Assert.Equal((StoreFault.NotWritable, what), (refused.Fault, refused.Message));
        Assert.False(File.Exists(Named("lock")));
    }

    private void MakeLinks()
    {
        Directory.CreateDirectory(Named("stored"));
        File.CreateSymbolicLink(Named("linked"), Named("stored"));
        File.CreateSymbolicLink(Named("link.db"), "linked/coffer.db");
    }

    private string Named(string path) => Path.Combine(_directory, path);

    private async Task<StoreException> RefusalAsync(string data, string? store) =>
        await Assert.ThrowsAsync<StoreException>(() => OpenAsync(data, store).WaitAsync(SpecialFiles.Patience));

    private Task<OpenedStore> OpenAsync(string data, string? store) => Task.Run(() => OpenedStore.OpenAsync(
        DataDirectory.Open(Named(data)), store is null ? null : new StoreAddress.Sqlite(Named(store)), new PublicKey([.. Enumerable.Repeat((byte)9, PublicKey.Size)])));
}
