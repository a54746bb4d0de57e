using System.Globalization;

namespace Coffer.Load;

/// <summary>What the kernel counts for a process: proc(5), <c>stat</c> and <c>status</c>.</summary>
internal readonly record struct ProcessFigures(TimeSpan Cpu, long ResidentKiB)
{
    // USER_HZ, which Linux fixes at 100 for all that it tells user space.
    private const double TicksPerSecond = 100;

    public static ProcessFigures operator +(ProcessFigures one, ProcessFigures other) => new(one.Cpu + other.Cpu, one.ResidentKiB + other.ResidentKiB);

    /// <summary>Reads those of <paramref name="pid"/>: time in user and kernel mode over all its threads, and VmRSS.</summary>
    internal static ProcessFigures Of(int pid)
    {
        // The name in parentheses may hold blanks; fields are counted from behind it: utime is the 14th, stime the 15th.
        var stat = File.ReadAllText($"/proc/{pid}/stat");
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        var ticks = Number(fields[11]) + Number(fields[12]);
        var resident = File.ReadLines($"/proc/{pid}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
        return new(TimeSpan.FromSeconds(ticks / TicksPerSecond), Number(resident.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2]));
    }

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}
