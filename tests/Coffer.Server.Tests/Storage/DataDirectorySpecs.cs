using System.Diagnostics;
using Coffer.Server.Storage;
using Coffer.Server.Tests.Audit;

namespace Coffer.Server.Tests.Storage;

/// <summary>Why a directory cannot be had.</summary>
public sealed class DataDirectorySpecs : IDisposable
{
    private readonly string _path = Directory.CreateTempSubdirectory("coffer-data-").FullName;

    public void Dispose() => Directory.Delete(_path, recursive: true);

    [Fact]
    public void Is_of_one_server_at_a_time()
    {
        using (DataDirectory.Open(_path)) Assert.Equal(StoreFault.InUse, Assert.Throws<StoreException>(() => DataDirectory.Open(_path)).Fault);
        DataDirectory.Open(_path).Dispose();
    }

    [Fact]
    public void On_a_full_disk_it_is_not_taken_for_another_servers()
    {
        using var disk = new SmallDisk();
        disk.Fill();

        var refused = Assert.Throws<StoreException>(() => DataDirectory.Open(disk.FilePath(".")));

        Assert.Equal((StoreFault.Full, "is on a disk that is full"), (refused.Fault, refused.Message));
    }

    [Fact]
    public void A_lock_that_is_a_pipe_is_refused()
    {
        using (var mkfifo = Process.Start("mkfifo", [Path.Combine(_path, "lock")])) mkfifo.WaitForExit();

        var refused = Assert.Throws<StoreException>(() => DataDirectory.Open(_path));

        Assert.Equal((StoreFault.NotWritable, "holds a 'lock' that is no regular file"), (refused.Fault, refused.Message));
    }
}
