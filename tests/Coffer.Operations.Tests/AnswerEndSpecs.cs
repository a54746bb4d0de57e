using System.Text;
using System.Text.Json;

namespace Coffer.Operations.Tests;

public sealed class AnswerEndSpecs
{
    [Fact]
    public void Says_that_an_answer_was_whole() => Assert.Equal("""{"end":"whole","rows":2}""", Encoding.UTF8.GetString(AnswerEnd.Whole(2).ToLine()));

    [Fact]
    public void Says_why_an_answer_failed() => Assert.Equal(
        """{"end":"failed","code":"not-found","errors":["no <client>"],"hint":"look again"}""",
        Encoding.UTF8.GetString(AnswerEnd.Failed(new OperationException(OperationFault.NotFound, "no <client>", "look again")).ToLine()));

    [Theory]
    [InlineData(OperationFault.Refused, "refused", 409)]
    [InlineData(OperationFault.Usage, "usage", 400)]
    [InlineData(OperationFault.NotFound, "not-found", 404)]
    [InlineData(OperationFault.Busy, "busy", 409)]
    [InlineData(OperationFault.Store, "store", 500)]
    [InlineData(OperationFault.Internal, "internal", 500)]
    public void Has_a_word_and_a_status_for_each_fault(OperationFault fault, string code, int status) =>
        Assert.Equal((code, status), (AnswerEnd.CodeOf(fault), AnswerEnd.StatusOf(fault)));

    [Fact]
    public void Reads_what_it_wrote()
    {
        Assert.True(AnswerEnd.TryRead(AnswerEnd.Whole(7).ToLine(), out var whole));
        Assert.True(AnswerEnd.TryRead(AnswerEnd.Failed(new OperationException(OperationFault.Busy, ["a", "b"])).ToLine(), out var failed));

        Assert.Equal((true, 7L), (whole.IsWhole, whole.Rows));
        Assert.Equal((false, "busy", "a b", null), (failed.IsWhole, failed.Code, string.Join(' ', failed.Errors!), failed.Hint));
    }

    [Fact]
    public void Says_of_who_has_left_neither_that_it_was_refused_nor_that_it_was_done() => Assert.Equal("left", AnswerEnd.CodeOf(OperationFault.Left));

    [Fact]
    public void Throws_for_a_last_line_that_was_cut() => Assert.Throws<JsonException>(() => AnswerEnd.TryRead("{\"end\":\"who"u8, out _));
}
