using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Coffer.Operations;

namespace Coffer.Server.Operations;

/// <summary>What answers each operation on this node. Complete before anything is served.</summary>
public sealed class OperationHandlers
{
    private readonly Dictionary<string, OperationHandler> _byPath = [];

    /// <summary>Answers <paramref name="operation"/> with rows.</summary>
    /// <exception cref="ArgumentException">Something answers it already.</exception>
    public void Handle<TRow>(Operation<TRow> operation, Func<OperationCall, CancellationToken, IAsyncEnumerable<TRow>> handler) =>
        _byPath.Add(operation.Path, new OperationHandler<TRow>(operation, handler));

    /// <summary>Answers <paramref name="operation"/> with one row.</summary>
    /// <exception cref="ArgumentException">Something answers it already.</exception>
    public void Handle<TRow>(Operation<TRow> operation, Func<OperationCall, CancellationToken, Task<TRow>> handler)
    {
        Handle(operation, One);

        async IAsyncEnumerable<TRow> One(OperationCall call, [EnumeratorCancellation] CancellationToken cancellation)
        {
            yield return await handler(call, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Makes sure that each operation of the catalogue is answered, and nothing else.</summary>
    /// <exception cref="InvalidOperationException">One is not, or one that is in no palette is.</exception>
    public void Check()
    {
        var known = OperationCatalogue.Operations.Select(o => o.Path).ToHashSet();
        if (known.SetEquals(_byPath.Keys)) return;
        known.SymmetricExceptWith(_byPath.Keys);
        throw new InvalidOperationException($"operations and handlers do not match: {string.Join(", ", known.Order(StringComparer.Ordinal))}");
    }

    /// <summary>Finds what answers at <paramref name="path"/>.</summary>
    public bool TryFind(string path, [NotNullWhen(true)] out OperationHandler? handler) => _byPath.TryGetValue(path, out handler);
}

/// <summary>What answers one operation.</summary>
public abstract class OperationHandler(Operation operation)
{
    /// <summary>The operation.</summary>
    public Operation Operation { get; } = operation;

    /// <summary>The rows of the answer, each one JSON object without its line feed.</summary>
    /// <remarks>It ends early by <see cref="OperationException"/>.</remarks>
    public abstract IAsyncEnumerable<byte[]> AnswerAsync(OperationCall call, CancellationToken cancellation);
}

internal sealed class OperationHandler<TRow>(Operation<TRow> operation, Func<OperationCall, CancellationToken, IAsyncEnumerable<TRow>> handler) : OperationHandler(operation)
{
    public override async IAsyncEnumerable<byte[]> AnswerAsync(OperationCall call, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await foreach (var row in handler(call, cancellation).ConfigureAwait(false)) yield return JsonSerializer.SerializeToUtf8Bytes(row, operation.Json);
    }
}
