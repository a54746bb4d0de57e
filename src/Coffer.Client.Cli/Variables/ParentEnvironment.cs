using System.Runtime.InteropServices;
using System.Text;

namespace Coffer.Client.Cli.Variables;

/// <summary>The environment this program was started with, byte for byte.</summary>
/// <remarks>.NET's own view drops what is not UTF-8 and what has no '='; entries here point at what the system laid down.</remarks>
internal static unsafe class ParentEnvironment
{
    /// <summary>Each entry's address; the bytes end in NUL and live as long as the process.</summary>
    internal static IReadOnlyList<nint> Read()
    {
        var entries = new List<nint>();
        var environ = *(byte***)NativeLibrary.GetExport(NativeLibrary.GetMainProgramHandle(), "environ");
        for (var entry = environ; entry is not null && *entry is not null; entry++) entries.Add((nint)(*entry));
        return entries;
    }

    /// <summary>What stands before the '=', a character a byte; the whole entry where there is none.</summary>
    internal static string NameOf(nint entry)
    {
        var bytes = BytesOf(entry);
        var end = bytes.IndexOf((byte)'=');
        return Encoding.Latin1.GetString(end < 0 ? bytes : bytes[..end]);
    }

    /// <summary>What stands behind the '='.</summary>
    internal static ReadOnlySpan<byte> ValueOf(nint entry)
    {
        var bytes = BytesOf(entry);
        return bytes[(bytes.IndexOf((byte)'=') + 1)..];
    }

    private static ReadOnlySpan<byte> BytesOf(nint entry) => MemoryMarshal.CreateReadOnlySpanFromNullTerminated((byte*)entry);
}
