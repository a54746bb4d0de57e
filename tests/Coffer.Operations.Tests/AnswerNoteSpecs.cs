using System.Text;

namespace Coffer.Operations.Tests;

public sealed class AnswerNoteSpecs
{
    [Fact]
    public void Is_a_line_that_begins_as_no_row_does()
    {
        var line = new AnswerNote("fewer <lines>").ToLine();

        Assert.Equal("""{"note":"fewer <lines>"}""", Encoding.UTF8.GetString(line));
        Assert.True(AnswerNote.TryRead(line, out var note));
        Assert.Equal("fewer <lines>", note.Note);
    }

    [Fact]
    public void Is_no_row_with_a_note_in_it() => Assert.False(AnswerNote.TryRead("{\"step\":\"note\",\"note\":\"a\"}"u8, out _));
}
