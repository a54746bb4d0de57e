namespace Coffer.Definitions.Sealed;

/// <summary>Why a file was not opened as a sealed definition.</summary>
public enum SealRefusal
{
    /// <summary>The file does not begin as sealed definitions do.</summary>
    NotSealed,

    /// <summary>The file is a definition in the clear.</summary>
    PlainDefinition,

    /// <summary>The file is a sealed definition of a format that came after this program.</summary>
    NewerFormat,

    /// <summary>The file ends in the middle of a part.</summary>
    CutShort,

    /// <summary>A part is announced shorter or longer than such a part can be.</summary>
    BadLength,

    /// <summary>The first message does not open: it was sealed for another server, or changed.</summary>
    WrongServerOrChanged,

    /// <summary>The first message opens, but does not hold a serial and a time.</summary>
    BadHello,

    /// <summary>The companion that sealed the file is not one of those trusted.</summary>
    NotTrusted,

    /// <summary>A part of the text does not open: it was changed, moved, or is another file's.</summary>
    Changed,

    /// <summary>The file ends before its last part.</summary>
    NoLastChunk,

    /// <summary>Something follows the last part.</summary>
    BytesAfterLast,

    /// <summary>The text is longer than this program can hold: 2 GiB.</summary>
    TooLarge,
}
