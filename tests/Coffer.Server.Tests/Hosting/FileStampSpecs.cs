using Coffer.Server.Hosting;

namespace Coffer.Server.Tests.Hosting;

/// <summary>By what a watched file is found changed.</summary>
public sealed class FileStampSpecs : IDisposable
{
    private static readonly DateTime Epoch = DateTime.UnixEpoch.AddSeconds(1);

    private readonly string _directory = Directory.CreateTempSubdirectory("coffer-stamp-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void Is_the_same_while_nothing_was_done_to_the_file()
    {
        var file = Write("file", "one");

        Assert.NotNull(FileStamp.Of(file));
        Assert.Equal(FileStamp.Of(file), FileStamp.Of(file));
    }

    [Fact]
    public void Is_another_where_one_of_the_same_size_and_time_took_its_place()
    {
        var before = FileStamp.Of(Write("file", "one"));

        File.Move(Write("next", "two"), Path("file"), overwrite: true);

        Assert.NotEqual(before, FileStamp.Of(Path("file")));
    }

    [Fact]
    public void Is_another_where_a_link_was_switched_to_one_of_the_same_size_and_time()
    {
        Write("one", "one");
        Write("two", "two");
        File.CreateSymbolicLink(Path("link"), "one");
        var before = FileStamp.Of(Path("link"));

        File.Delete(Path("link"));
        File.CreateSymbolicLink(Path("link"), "two");

        Assert.NotEqual(before, FileStamp.Of(Path("link")));
        Assert.Equal(FileStamp.Of(Path("two")), FileStamp.Of(Path("link")));
    }

    [Fact]
    public void Is_another_where_it_was_written_in_place_and_its_time_set_back()
    {
        var before = FileStamp.Of(Write("file", "one"));

        // The clock of a file system goes in steps of some milliseconds.
        Thread.Sleep(50);
        Write("file", "two");

        Assert.NotEqual(before, FileStamp.Of(Path("file")));
    }

    [Fact]
    public void There_is_none_of_nothing_and_of_a_directory()
    {
        Assert.Null(FileStamp.Of(Path("nowhere")));
        Assert.Null(FileStamp.Of(_directory));
    }

    private string Path(string name) => System.IO.Path.Combine(_directory, name);

    private string Write(string name, string text)
    {
        File.WriteAllText(Path(name), text);
        File.SetLastWriteTimeUtc(Path(name), Epoch);
        return Path(name);
    }
}
