using Coffer.Operations;
using Coffer.Operations.Palettes;
using Coffer.Operations.Rows;
using Coffer.Server.Operations;

namespace Coffer.Server.Tests.Operations;

public sealed class OperationHandlersSpecs
{
    [Fact]
    public void Notices_an_operation_that_nothing_answers()
    {
        var failure = Assert.Throws<InvalidOperationException>(new OperationHandlers().Check);

        Assert.All(OperationCatalogue.Operations, o => Assert.Contains(o.Path, failure.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void Notices_a_handler_of_an_operation_that_is_in_no_palette()
    {
        var handlers = new OperationHandlers();
        handlers.Handle(new Operation<LogRow>("log", "delete", "none", OperationsJson.Lines.LogRow, Rendering<LogRow>.Lines(r => r.Line)), (_, _) => Task.FromResult(new LogRow("")));

        Assert.Contains("/v1/log/delete", Assert.Throws<InvalidOperationException>(handlers.Check).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Refuses_a_second_handler()
    {
        var handlers = new OperationHandlers();
        handlers.Handle(LogPalette.Level, (_, _) => Task.FromResult(new LevelRow("info", null)));

        Assert.Throws<ArgumentException>(() => handlers.Handle(LogPalette.Level, (_, _) => Task.FromResult(new LevelRow("info", null))));
    }
}
