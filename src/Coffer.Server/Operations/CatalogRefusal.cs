using Coffer.Operations;
using Coffer.Server.Catalog;

namespace Coffer.Server.Operations;

/// <summary>What the catalog refuses, as operators are told.</summary>
internal static class CatalogRefusal
{
    internal static OperationException ToException(LoadOutcome.Refused refused) => new(
        refused.Cause switch
        {
            LoadRefusal.Busy => OperationFault.Busy,
            LoadRefusal.Store => OperationFault.Store,
            LoadRefusal.NotFound => OperationFault.NotFound,
            _ => OperationFault.Refused,
        },
        refused.Lines,
        refused.Hint);
}
