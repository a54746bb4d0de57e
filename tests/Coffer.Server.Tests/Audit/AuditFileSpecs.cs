using System.Text;
using Coffer.CommandLine;
using Coffer.Server.Audit;
using Coffer.Server.Tests.Hosting;

namespace Coffer.Server.Tests.Audit;

/// <summary>The file that lines are appended to.</summary>
public sealed class AuditFileSpecs : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("coffer-audit-").FullName;

    private string FilePath => Path.Combine(_directory, "audit.jsonl");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void Is_made_for_its_owner_alone()
    {
        using var file = Open();

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(FilePath));
    }

    [Fact]
    public void Goes_on_after_what_an_earlier_run_wrote()
    {
        using (var first = Open()) Append(first, "{one}\n");

        using (var second = Open()) Append(second, "{two}\n");

        Assert.Equal("{one}\n{two}\n", File.ReadAllText(FilePath));
    }

    [Fact]
    public void Ends_a_line_that_a_power_cut_left_unfinished()
    {
        File.WriteAllText(FilePath, "{whole}\n{hal");

        using (var file = Open()) Append(file, "{next}\n");

        Assert.Equal(["{whole}", "{hal", "{next}"], File.ReadAllLines(FilePath));
    }

    [Fact]
    public void Is_rotated_before_it_grows_beyond_its_size_and_the_oldest_goes()
    {
        using (var file = Open(maxSize: 10, keep: 2))
            foreach (var line in new[] { "11111\n", "222\n", "33333\n", "44444\n", "55555\n" }) Append(file, line);

        Assert.Equal("55555\n", File.ReadAllText(FilePath));
        Assert.Equal("44444\n", File.ReadAllText(FilePath + ".1"));
        Assert.Equal("33333\n", File.ReadAllText(FilePath + ".2"));
        Assert.Equal(3, Directory.GetFiles(_directory).Length);
    }

    [Fact]
    public void Is_rotated_beside_the_file_that_a_link_leads_to_and_the_link_stays()
    {
        var logs = Directory.CreateDirectory(Path.Combine(_directory, "logs")).FullName;
        var link = File.CreateSymbolicLink(FilePath, "logs/trail.jsonl");

        using (var file = Open(maxSize: 10))
            foreach (var line in new[] { "11111\n", "22222\n" }) Append(file, line);

        Assert.Equal("logs/trail.jsonl", link.LinkTarget);
        Assert.Equal("22222\n", File.ReadAllText(Path.Combine(logs, "trail.jsonl")));
        Assert.Equal("11111\n", File.ReadAllText(Path.Combine(logs, "trail.jsonl.1")));
        Assert.Equal([FilePath], Directory.GetFiles(_directory));
    }

    [Fact]
    public void Is_never_rotated_where_its_size_is_0()
    {
        using (var file = Open(maxSize: 0))
            for (var i = 0; i < 100; i++) Append(file, "a line\n");

        Assert.Equal([FilePath], Directory.GetFiles(_directory));
    }

    [Fact]
    public void Goes_on_in_the_same_file_where_it_cannot_be_rotated()
    {
        Directory.CreateDirectory(Path.Combine(FilePath + ".1", "in the way"));

        using (var file = Open(maxSize: 10))
            for (var i = 0; i < 5; i++) Append(file, "a line\n");

        Assert.Equal(5, File.ReadAllLines(FilePath).Length);
    }

    [Fact]
    public void Goes_on_at_its_end_after_a_tool_has_cut_it_short()
    {
        using (var file = Open())
        {
            Append(file, "one\ntwo\n");
            using (var process = System.Diagnostics.Process.Start("/usr/bin/truncate", ["--size=4", FilePath])) process.WaitForExit();

            Append(file, "three\n");
        }

        Assert.Equal("one\nthree\n", File.ReadAllText(FilePath));
    }

    [Fact]
    public void Takes_back_what_a_full_disk_has_taken_of_lines_and_goes_on_once_there_is_room()
    {
        using var disk = new SmallDisk();
        using var file = new AuditFile(disk.FilePath("audit.jsonl"), maxSize: 0, keep: 3);
        Append(file, "{one}\n");
        disk.Fill();

        // The first of them end in the page that is begun.
        Assert.ThrowsAny<IOException>(() => Append(file, new string('x', 10_000) + "\n"));

        Assert.Equal(["{one}"], Trail.ReadLines(disk.FilePath("audit.jsonl")));
        Assert.Equal("{one}\n".Length, new FileInfo(disk.FilePath("audit.jsonl")).Length);
        disk.MakeRoom();
        Append(file, "{two}\n");
        Assert.Equal(["{one}", "{two}"], Trail.ReadLines(disk.FilePath("audit.jsonl")));
    }

    // That tool may come between any two steps of this process: the system alone finds the end and writes there in one.
    [Fact]
    public void Is_written_at_its_end_alone_wherever_that_is()
    {
        const int AtEnd = 0x400;

        using var file = Open();

        var descriptor = Path.GetFileName(Directory.GetFiles("/proc/self/fd").Single(fd => new FileInfo(fd).LinkTarget == FilePath));
        var flags = File.ReadLines($"/proc/self/fdinfo/{descriptor}").Single(line => line.StartsWith("flags:", StringComparison.Ordinal));
        Assert.Equal(AtEnd, Convert.ToInt32(flags["flags:".Length..].Trim(), 8) & AtEnd);
    }

    [Theory]
    [InlineData("\0\0\0", "\0\0\0\n{next}\n")]
    [InlineData("\0\0{one}\n", "\0\0{one}\n{next}\n")]
    public void Goes_on_after_the_zeros_that_a_power_cut_left_at_its_beginning(string content, string then)
    {
        File.WriteAllText(FilePath, content);

        using (var file = Open()) Append(file, "{next}\n");

        Assert.Equal(then, File.ReadAllText(FilePath));
    }

    [Fact]
    public void Reads_the_end_of_this_file_and_the_one_before()
    {
        File.WriteAllText(FilePath + ".1", "first\nsecond\n");
        File.WriteAllText(FilePath, "{3rd}\n");
        using var file = Open();

        Assert.Equal("first\nsecond\n{3rd}\n", Encoding.UTF8.GetString(file.ReadLast(1000)));
        Assert.Equal("t\nsecond\n{3rd}\n", Encoding.UTF8.GetString(file.ReadLast(15)));
        Assert.Equal("d}\n", Encoding.UTF8.GetString(file.ReadLast(3)));
    }

    [Fact]
    public async Task Reads_its_own_lines_where_the_file_before_is_no_file()
    {
        SpecialFiles.Pipe(FilePath + ".1");
        using var file = Open();
        Append(file, "{own}\n");

        var read = await Task.Run(() => file.ReadLast(1000), TestContext.Current.CancellationToken).WaitAsync(SpecialFiles.Patience, TestContext.Current.CancellationToken);

        Assert.Equal("{own}\n", Encoding.UTF8.GetString(read));
    }

    // Another user's, say; this is one that root may not read either.
    [Fact]
    public void Reads_its_own_lines_where_the_file_before_may_not_be_read()
    {
        File.CreateSymbolicLink(FilePath + ".1", "/proc/sys/net/ipv4/route/flush");
        using var file = Open();
        Append(file, "{own}\n");

        Assert.Equal("{own}\n", Encoding.UTF8.GetString(file.ReadLast(1000)));
    }

    [Theory]
    [InlineData("-----BEGIN PRIVATE KEY-----\n")]
    [InlineData("SQLite format 3\0")]
    [InlineData("\n{}\n")]
    public void Is_no_file_of_another_kind_which_stays_as_it_was(string content)
    {
        File.WriteAllText(FilePath, content);

        var refused = Assert.Throws<UnfitFileException>(() => Open());

        Assert.Equal("is no audit trail: it begins with something else than a line of one", refused.Message);
        Assert.Equal(content, File.ReadAllText(FilePath));
    }

    [Theory]
    [InlineData("/dev/zero")]
    [InlineData("/dev/full")]
    [InlineData(null)]
    public async Task Is_no_device_and_no_pipe(string? device)
    {
        if (device is null) SpecialFiles.Pipe(FilePath);
        else File.CreateSymbolicLink(FilePath, device);

        var refused = await Assert.ThrowsAsync<UnfitFileException>(() => Task.Run(() => Open()).WaitAsync(SpecialFiles.Patience));

        Assert.Equal("is no regular file", refused.Message);
    }

    // What /dev/stdout is where a shell has it go to a file.
    [Fact]
    public void Is_no_name_of_the_systems_for_a_file_that_is_open()
    {
        using var open = File.Create(Path.Combine(_directory, "open"));

        var refused = Assert.Throws<UnfitFileException>(() => new AuditFile($"/proc/self/fd/{open.SafeFileHandle.DangerousGetHandle()}", maxSize: 10, keep: 3));

        Assert.Equal("lies in /dev or /proc, where nothing can be rotated", refused.Message);
    }

    [Fact]
    public void Is_not_shared_with_another_server()
    {
        using var file = Open();

        Assert.ThrowsAny<IOException>(() => Open());
    }

    private AuditFile Open(long maxSize = 1000, int keep = 3) => new(FilePath, maxSize, keep);

    private static void Append(AuditFile file, string lines) => file.Append(Encoding.UTF8.GetBytes(lines), toDisk: false);
}
