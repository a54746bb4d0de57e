using Akka.Actor;
using Coffer.Server.Edge;

namespace Coffer.Server.Catalog;

/// <summary>Hands a sealed definition from the node that an operator gave it to over to the node of the catalog, part by part.</summary>
/// <remarks>
/// on       | does
/// ReadPart | answers Part
/// Lives until whoever made it stops it. A part fits into a frame between nodes.
/// </remarks>
public sealed class DefinitionUpload : ReceiveActor
{
    private const int PartSize = 64 * 1024;
    private static readonly TimeSpan PartTimeout = TimeSpan.FromSeconds(10);

    private DefinitionUpload(ReadOnlyMemory<byte> file) => Receive<ReadPart>(read => Sender.Tell(new Part(file.Length, PartAt(file, read.Offset))));

    public static Props Props(ReadOnlyMemory<byte> file) => Akka.Actor.Props.CreateBy(new Producer<DefinitionUpload>(() => new DefinitionUpload(file)));

    /// <summary>A question or an answer about an upload. Crosses nodes.</summary>
    public interface IUploadMessage;

    /// <summary>Asks for the part that begins at <paramref name="Offset"/>, in bytes.</summary>
    public sealed record ReadPart(int Offset) : IUploadMessage;

    /// <summary>A part of a file of <paramref name="Size"/> bytes.</summary>
    public sealed record Part(int Size, ReadOnlyMemory<byte> Bytes) : IUploadMessage;

    /// <summary>Reads the whole file from <paramref name="upload"/>.</summary>
    /// <exception cref="AskTimeoutException">Its node does not answer.</exception>
    public static async Task<byte[]> ReadAsync(IActorRef upload)
    {
        var part = await AskAsync(upload, 0).ConfigureAwait(false);
        var file = GC.AllocateUninitializedArray<byte>(part.Size);
        part.Bytes.CopyTo(file);
        for (var offset = part.Bytes.Length; offset < file.Length; offset += part.Bytes.Length)
        {
            // To the end of the pool's queue: a thread of the pool prefers what it has caused itself, and the clients' work would wait for the last part.
            await Task.Yield();
            part = await AskAsync(upload, offset).ConfigureAwait(false);
            part.Bytes.CopyTo(file.AsMemory(offset));
        }
        return file;
    }

    private static Task<Part> AskAsync(IActorRef upload, int offset) => upload.Ask<Part>(new ReadPart(offset), PartTimeout);

    private static ReadOnlyMemory<byte> PartAt(ReadOnlyMemory<byte> file, int offset) => file.Slice(offset, Math.Min(PartSize, file.Length - offset));
}
