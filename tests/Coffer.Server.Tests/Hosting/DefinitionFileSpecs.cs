using Coffer.Server.Catalog;
using Coffer.Server.Hosting;
using Microsoft.Extensions.Logging;

namespace Coffer.Server.Tests.Hosting;

/// <summary>The file of <c>--definition</c> before it comes to the catalog.</summary>
public sealed class DefinitionFileSpecs : IDisposable
{
    private const string NotRegular = "the definition cannot be read (no regular file)";
    private const string TooLarge = "the definition cannot be read (over 2 GiB)";

    private readonly string _directory = Directory.CreateTempSubdirectory("coffer-definition-").FullName;

    private string FilePath => Path.Combine(_directory, "definition.coffer");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task A_pipe_is_refused_at_the_start_and_after_without_waiting_for_it() => await RefusedAsync(SpecialFiles.Pipe(FilePath), NotRegular);

    [Fact]
    public async Task A_link_to_a_device_without_end_is_refused()
    {
        File.CreateSymbolicLink(FilePath, "/dev/zero");

        await RefusedAsync(FilePath, NotRegular);
    }

    [Fact]
    public async Task More_than_fits_an_array_is_refused() => await RefusedAsync(SpecialFiles.Sparse(FilePath, 3L << 30), TooLarge);

    [Fact]
    public async Task A_directory_is_called_one() => await RefusedAsync(_directory, "the definition cannot be read (a directory)");

    [Fact]
    public async Task A_load_that_throws_is_told_of_and_the_next_file_is_read_all_the_same()
    {
        var log = new KeptLog();
        using var reloads = new DefinitionReloads();
        using var stopping = new CancellationTokenSource();
        // Without a catalog each load is a fault.
        var running = reloads.RunAsync(new DefinitionFile(FilePath, catalog: null!, TimeProvider.System), watch: true, log, stopping.Token);

        for (var faults = 1; faults <= 2; faults++)
        {
            await File.WriteAllTextAsync(FilePath, new string('x', faults));
            await log.FaultsAsync(faults);
        }
        await stopping.CancelAsync();
        await running.WaitAsync(SpecialFiles.Patience);

        Assert.All(log.Errors, line => Assert.StartsWith($"not loaded, what was served stays: {FilePath}: a fault of the server itself: NullReferenceException: ", line, StringComparison.Ordinal));
        Assert.All(log.Errors, line => Assert.DoesNotContain('\n', line));
    }

    [Fact]
    public async Task One_that_is_watched_and_was_not_loaded_through_no_fault_of_its_own_is_tried_again()
    {
        var log = new KeptLog();
        using var reloads = new DefinitionReloads { LookEvery = TimeSpan.FromMilliseconds(10) };
        using var stopping = new CancellationTokenSource();
        await File.WriteAllTextAsync(FilePath, "x");
        var file = new DefinitionFile(FilePath, catalog: null!, TimeProvider.System);

        var running = reloads.RunAsync(file, watch: true, log, stopping.Token);
        await log.FaultsAsync(3);
        await stopping.CancelAsync();
        await running.WaitAsync(SpecialFiles.Patience);

        Assert.Equal($"{FilePath}: a fault of the server itself", Assert.Single(file.Failure!.Refusal.Lines));
    }

    private static async Task RefusedAsync(string path, string what)
    {
        var complaint = await Task.Run(() => DefinitionFile.Complain(path)).WaitAsync(SpecialFiles.Patience);
        var (bytes, problem) = await new DefinitionFile(path, catalog: null!, TimeProvider.System).ReadAsync().WaitAsync(SpecialFiles.Patience);

        Assert.Null(bytes);
        foreach (var refused in new[] { complaint, problem })
        {
            Assert.Equal((LoadRefusal.NotFound, $"{path}: {what}"), (refused!.Cause, Assert.Single(refused.Lines)));
            Assert.Equal("name a file that 'coffer-companion seal' wrote and the server's user may read", refused.Hint);
        }
    }

    private sealed class KeptLog : ILogger
    {
        private readonly SemaphoreSlim _more = new(0);
        private readonly List<string> _errors = [];

        internal string[] Errors
        {
            get { lock (_errors) return [.. _errors]; }
        }

        internal async Task FaultsAsync(int count)
        {
            while (Errors.Length < count) Assert.True(await _more.WaitAsync(SpecialFiles.Patience));
        }

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (logLevel < LogLevel.Error) return;
            lock (_errors) _errors.Add(formatter(state, exception));
            _more.Release();
        }
    }
}
