using Microsoft.Data.Sqlite;

namespace Coffer.Server.Tests.Storage;

/// <summary>The database in a data directory, which a store may have open.</summary>
internal static class SqliteFile
{
    /// <summary>Does to it what no store does.</summary>
    internal static async Task ExecuteAsync(string directory, string sql)
    {
        await using var database = new SqliteConnection($"Data Source={Path.Combine(directory, "coffer.db")};Pooling=False");
        await database.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = database.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }
}
