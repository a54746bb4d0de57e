using System.Net;
using Coffer.CommandLine;

namespace Coffer.Control.Asking;

/// <summary>A file on its way to the server.</summary>
/// <param name="file">The file, which can be read again; it is sent from its beginning.</param>
/// <param name="progress">Hears how much has gone; null for nobody.</param>
/// <param name="sent">Called once all has gone.</param>
internal sealed class SentFile(Stream file, Progress? progress, Action sent) : HttpContent
{
    private const int PartSize = 128 * 1024;

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
    {
        file.Position = 0;
        var part = new byte[PartSize];
        var gone = 0L;
        int read;
        while ((read = await file.ReadAsync(part).ConfigureAwait(false)) > 0)
        {
            await stream.WriteAsync(part.AsMemory(0, read)).ConfigureAwait(false);
            gone += read;
            progress?.Report(gone);
        }
        sent();
    }

    protected override bool TryComputeLength(out long length)
    {
        length = file.Length;
        return true;
    }
}
