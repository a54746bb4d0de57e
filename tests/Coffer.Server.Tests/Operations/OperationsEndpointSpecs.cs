using Coffer.Operations;
using Coffer.Operations.Palettes;
using Coffer.Operations.Rows;
using Coffer.Server.Audit;
using Coffer.Server.Operations;
using Coffer.Server.Tests.Audit;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;

namespace Coffer.Server.Tests.Operations;

/// <summary>What is written of an operation whose asker does not wait for its end.</summary>
public sealed class OperationsEndpointSpecs
{
    [Fact]
    public async Task A_command_whose_asker_leaves_has_the_outcome_left_and_not_refused()
    {
        var sink = new GatedSink();
        using var leaving = new CancellationTokenSource();
        var handlers = new OperationHandlers();
        handlers.Handle(CofferPalette.Revoke, async (_, cancellation) =>
        {
            await leaving.CancelAsync();
            return await new TaskCompletionSource<CatalogRow>().Task.WaitAsync(cancellation);
        });
        var http = new DefaultHttpContext { RequestAborted = leaving.Token };
        http.Features.Set<IConnectionItemsFeature>(new DefaultConnectionContext());
        http.Request.Method = HttpMethods.Post;
        http.Request.Path = CofferPalette.Revoke.Path;
        http.Request.QueryString = new QueryString("?client=shop");

        await using (var trail = AuditTrail.Over(sink, isRequired: false, new AuditSettings(), "test", TimeProvider.System))
            await new OperationsEndpoint(handlers, [new OperationsAudit(trail)], NullLogger<OperationsEndpoint>.Instance, CancellationToken.None).AnswerAsync(http);

        var line = Assert.Single(sink.Lines);
        Assert.Equal(("command", "coffer revoke", "left"), (Trail.Field(line, "event"), Trail.Field(line, "operation"), Trail.Field(line, "outcome")));
    }
}
