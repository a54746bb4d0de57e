using System.Diagnostics;
using Coffer.Control;
using Coffer.Control.Asking;

namespace Coffer.Operations.Tests;

/// <summary>What is read before it is sent.</summary>
public sealed class InputFileSpecs : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("coffer-input-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public async Task A_pipe_is_read_until_it_is_too_much_and_no_further()
    {
        var path = Path.Combine(_directory.FullName, "pipe");
        using (var mkfifo = Process.Start("mkfifo", [path])) await mkfifo.WaitForExitAsync(TestContext.Current.CancellationToken);
        var writing = Task.Factory.StartNew(() => WriteWithoutEnd(path), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

        var e = Assert.Throws<ControlException>(() => InputFile.Open(path));

        Assert.Equal((ExitCode.Usage, "the file is over 1 GiB"), (e.ExitCode, e.Message));
        // What was read last, and what the pipe holds.
        Assert.InRange(await writing, Operation.MaxFileSize + 1, Operation.MaxFileSize + (1 << 20));
    }

    // Until nobody reads any more; returns how much was written.
    private static long WriteWithoutEnd(string path)
    {
        using var pipe = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        var part = new byte[32 * 1024];
        for (var written = 0L; ; written += part.Length)
        {
            try
            {
                pipe.Write(part);
            }
            catch (IOException)
            {
                return written;
            }
        }
    }
}
