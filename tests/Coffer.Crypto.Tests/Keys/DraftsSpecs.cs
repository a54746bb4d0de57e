using Coffer.Shared;

namespace Coffer.Crypto.Tests.Keys;

public sealed class DraftsSpecs : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly ScratchDirectory _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public void Gives_files_their_names_when_all_are_written()
    {
        using (var drafts = new Drafts())
        {
            drafts.Add(_files["a"], OwnerOnly).Write("first"u8);
            drafts.Add(_files["b"], OwnerOnly).Write("second"u8);
            Assert.All(Names(), name => Assert.StartsWith(".coffer-", name));
            Assert.All(Names(), name => Assert.Equal(OwnerOnly, File.GetUnixFileMode(_files[name])));

            drafts.Keep();
        }

        Assert.Equal(["a", "b"], Names().Order());
        Assert.Equal("first", File.ReadAllText(_files["a"]));
        Assert.Equal("second", File.ReadAllText(_files["b"]));
    }

    [Fact]
    public void Gives_files_their_names_where_no_rename_can_spare_what_has_them()
    {
        using (var drafts = new Drafts())
        {
            drafts.Add(_files["a"], OwnerOnly).Write("first"u8);
            drafts.Add(_files["b"], OwnerOnly).Write("second"u8);

            Assert.Null(NoRenameAt.Run(drafts.Keep));
        }

        Assert.Equal(["a", "b"], Names().Order());
        Assert.Equal("first", File.ReadAllText(_files["a"]));
        Assert.Equal(OwnerOnly, File.GetUnixFileMode(_files["b"]));
    }

    [Theory]
    [InlineData("file", false)]
    [InlineData("directory", false)]
    [InlineData("dangling link", false)]
    [InlineData("file", true)]
    [InlineData("directory", true)]
    [InlineData("dangling link", true)]
    public void Gives_none_its_name_where_one_is_taken(string what, bool isByLink)
    {
        if (what == "file") _files.Write("b", "precious");
        if (what == "directory") Directory.CreateDirectory(_files["b"]);
        if (what == "dangling link") File.CreateSymbolicLink(_files["b"], _files["nowhere"]);
        using (var drafts = new Drafts())
        {
            foreach (var name in (string[])["a", "b", "c"]) drafts.Add(_files[name], OwnerOnly).Write("new"u8);

            if (isByLink) Assert.IsType<IOException>(NoRenameAt.Run(drafts.Keep));
            else Assert.Throws<IOException>(drafts.Keep);
        }

        Assert.Equal(["b"], Names());
        if (what == "file") Assert.Equal("precious", File.ReadAllText(_files["b"]));
    }

    [Fact]
    public void Leaves_nothing_of_what_is_not_kept()
    {
        using (var drafts = new Drafts()) drafts.Add(_files["a"], OwnerOnly).Write("begun"u8);

        Assert.Empty(Names());
    }

    [Fact]
    public void Replaces_a_file_where_that_is_meant()
    {
        _files.Write("a", "old");
        using (var drafts = new Drafts())
        {
            drafts.Add(_files["a"], OwnerOnly).Write("new"u8);
            Assert.Equal("old", File.ReadAllText(_files["a"]));

            drafts.Replace();
        }

        Assert.Equal(["a"], Names());
        Assert.Equal("new", File.ReadAllText(_files["a"]));
    }

    private string[] Names() => [.. Directory.GetFileSystemEntries(Path.GetDirectoryName(_files["a"])!).Select(path => Path.GetFileName(path))];
}
