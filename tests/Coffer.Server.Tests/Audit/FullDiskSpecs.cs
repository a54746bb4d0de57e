using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Coffer.Protocol.Messages;
using Coffer.Server.Audit;
using Coffer.Server.Tests.Conversations;

namespace Coffer.Server.Tests.Audit;

/// <summary>A file system of a few pages, which is mounted; that takes root.</summary>
internal sealed class SmallDisk : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("coffer-disk-").FullName;

    internal SmallDisk() => Run("mount", "-t", "tmpfs", "-o", "size=64k,mode=0700", "tmpfs", _directory);

    internal string FilePath(string name) => Path.Combine(_directory, name);

    /// <summary>Takes all the room but for what is left of the pages that files end in.</summary>
    internal void Fill()
    {
        using var filler = new FileStream(FilePath("filler"), new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 0 });
        var page = new byte[4096];
        Assert.ThrowsAny<IOException>(() => { for (var i = 0; i < 1000; i++) filler.Write(page); });
    }

    internal void MakeRoom() => File.Delete(FilePath("filler"));

    public void Dispose()
    {
        Run("umount", _directory);
        Directory.Delete(_directory);
    }

    private static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)}: {error} (this test mounts a tmpfs, which takes root)");
    }
}

/// <summary>A node whose trail lies on a small disk.</summary>
internal sealed class SmallDiskNode(SmallDisk disk, bool isRequired) : TestNode("")
{
    internal string TrailFile => disk.FilePath("audit.jsonl");

    internal KeptLog Log { get; } = new();

    internal AuditTrail Audit { get; private set; } = null!;

    internal override AuditTrail OpenAudit(AuditSettings settings) => Audit = AuditTrail.Open(new AuditTarget.File(TrailFile), isRequired, settings, "test", TimeProvider.System);
}

/// <summary>What happens when the disk with the trail is full, and when it has room again.</summary>
public sealed partial class FullDiskSpecs : IDisposable
{
    // More lines than the rest of a page holds.
    private const int ManyFetches = 40;

    private readonly SmallDisk _disk = new();

    public void Dispose() => _disk.Dispose();

    [Fact]
    public async Task With_required_lines_fetches_are_unavailable_until_there_is_room()
    {
        var granted = 0;
        string[] lines;
        await using (var node = new SmallDiskNode(_disk, isRequired: true))
        {
            await node.InitializeAsync();
            _disk.Fill();
            while (granted < ManyFetches && await FetchAsync(node) is null) granted++;
            Assert.Equal(ErrorWord.Unavailable, await FetchAsync(node));

            _disk.MakeRoom();

            await node.ServesAsBeforeAsync();
            lines = Trail.ReadLines(node.TrailFile);
        }
        Assert.Equal(granted + 1, lines.Count(line => Trail.Field(line, "event") == "fetch"));
    }

    [Fact]
    public async Task Without_them_fetches_go_on_and_how_many_lines_were_lost_is_said()
    {
        await using var node = new SmallDiskNode(_disk, isRequired: false);
        await node.InitializeAsync();
        node.Audit.LogTo(node.Log);
        await Trail.UntilAsync(() => Count(node, "load") == 1);
        _disk.Fill();
        for (var i = 0; i < ManyFetches; i++) await node.ServesAsBeforeAsync();
        await Trail.UntilAsync(() => node.Audit.Lost + Count(node, "fetch") == ManyFetches);
        Assert.NotEqual(0, node.Audit.Lost);

        _disk.MakeRoom();
        await node.ServesAsBeforeAsync();
        await Trail.UntilAsync(() => Count(node, "fetch") + node.Audit.Lost == ManyFetches + 1);

        // The rest of the last page may take a line between two that it has no room for, so it may be written again more than once.
        var lost = node.Audit.Lost;
        Assert.Equal(lost, Lines(node, "lost").Sum(line => Number(Trail.Field(line, "lines")!)));
        await Trail.UntilAsync(() => Regained(node).Sum() == lost);
        Assert.StartsWith("Error: the audit trail cannot be written: ", node.Log.Lines[0], StringComparison.Ordinal);
        Assert.Equal(node.Log.Lines.Length - 1, Regained(node).Count());
    }

    private static IEnumerable<long> Regained(SmallDiskNode node) =>
        from line in node.Log.Lines
        let told = RegainedLine().Match(line)
        where told.Success
        select Number(told.Groups["lost"].Value);

    [GeneratedRegex("^Warning: the audit trail is written again: (?<lost>[0-9]+) lines lost$")]
    private static partial Regex RegainedLine();

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);

    private static int Count(SmallDiskNode node, string name) => Lines(node, name).Length;

    private static string[] Lines(SmallDiskNode node, string name) => [.. Trail.ReadLines(node.TrailFile).Where(line => Trail.Field(line, "event") == name)];

    // Null where it gives the coffer.
    private static async Task<ErrorWord?> FetchAsync(TestNode node)
    {
        using var peer = await RawPeer.ConnectAsync(node.Address);
        await peer.LinkAsync(node.Client, node.ServerKey);
        await peer.SendAsync(peer.Get());
        var (type, body) = await peer.ReadFrameAsync();
        if (type == Coffer.Protocol.Frames.MessageType.OkGet) return null;
        var text = new byte[body.Length];
        Assert.True(SealedMessage.TryRead(peer.Transport, type, body, text, out var length));
        return ErrorMessage.Parse(text.AsSpan(0, length)).Word;
    }
}
