using System.Runtime.CompilerServices;

namespace Coffer.Server.Catalog;

/// <summary>Runs what takes seconds on a thread of its own.</summary>
/// <remarks>
/// Neither files nor SQLite give a thread back while they work, and SQLite waits half a minute where another program has its database locked. Definitions of many clients are read, compared and written without a pause. On a
/// thread of the pool that would keep clients waiting: with one core the pool runs one thread, and adds another only after half a second of standstill.
/// </remarks>
internal static class LongWork
{
    /// <summary>Runs <paramref name="work"/> up to its first wait on the new thread, and what follows it wherever it is resumed.</summary>
    internal static Task<T> RunAsync<T>(Func<Task<T>> work) =>
        Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach, TaskScheduler.Default).Unwrap();

    /// <summary>Awaited after a wait for the store, lets what follows run on a thread of its own again: a database's answer is brought by one of the pool.</summary>
    internal static OwnThread ResumeAsync() => default;

    internal readonly struct OwnThread : INotifyCompletion
    {
        public bool IsCompleted => false;

        public OwnThread GetAwaiter() => this;

        public void OnCompleted(Action continuation) => new Thread(() => continuation()) { IsBackground = true }.Start();

        public void GetResult()
        {
        }
    }
}
