using System.Diagnostics.CodeAnalysis;
using Coffer.CommandLine;
using Coffer.Crypto.Keys;
using Coffer.Definitions;
using Coffer.Definitions.Sealed;

namespace Coffer.Companion.Files;

/// <summary>The text of a definition, not yet read. Dispose wipes it.</summary>
internal sealed class DefinitionText : IDisposable
{
    private readonly IDisposable _owner;

    private DefinitionText(string name, ReadOnlyMemory<byte> utf8, IDisposable owner)
    {
        Name = name;
        Utf8 = utf8;
        _owner = owner;
    }

    /// <summary>What the file is called in complaints.</summary>
    internal string Name { get; }

    internal ReadOnlyMemory<byte> Utf8 { get; }

    /// <summary>Takes a file in the clear.</summary>
    internal static bool TryReadPlain(string path, [NotNullWhen(true)] out DefinitionText? text, [NotNullWhen(false)] out Problem? problem)
    {
        text = null;
        if (!InputFile.TryRead(path, out var file, out problem)) return false;
        if (SealedDefinition.Begins(file.Bytes.Span))
        {
            problem = new($"{file.Name}: a sealed definition, expected one in the clear", "'coffer-companion open FILE --key server.pem' opens it where the server's secret key is");
            file.Dispose();
            return false;
        }
        text = new(file.Name, file.Bytes, file);
        return true;
    }

    /// <summary>Takes a file in the clear, or one sealed for <paramref name="server"/>.</summary>
    internal static bool TryReadAny(string path, KeyPair? server, [NotNullWhen(true)] out DefinitionText? text, [NotNullWhen(false)] out Problem? problem)
    {
        text = null;
        if (!InputFile.TryRead(path, out var file, out problem)) return false;
        if (!SealedDefinition.Begins(file.Bytes.Span))
        {
            text = new(file.Name, file.Bytes, file);
            return true;
        }
        using (file)
        {
            if (server is not null) return TryOpen(file, server, out text, out _, out problem);
            problem = new($"{file.Name}: a sealed definition, and no --key to open it with", "say --key FILE with the secret key of the server that it is sealed for");
            return false;
        }
    }

    /// <summary>Opens a sealed file, whoever sealed it.</summary>
    internal static bool TryReadSealed(string path, KeyPair server, [NotNullWhen(true)] out DefinitionText? text, [NotNullWhen(true)] out SealOpening.Opened? opened, [NotNullWhen(false)] out Problem? problem)
    {
        text = null;
        opened = null;
        if (!InputFile.TryRead(path, out var file, out problem)) return false;
        using (file) return TryOpen(file, server, out text, out opened, out problem);
    }

    /// <summary>Reads the definition, and says every complaint.</summary>
    internal DefinitionReading Read()
    {
        DefinitionReading reading;
        using (var progress = Progress.OnTerminal($"reading {Name}", Utf8.Length)) reading = DefinitionReader.Read(Utf8, Name, progress);
        if (reading is DefinitionReading.Refused refused)
        {
            foreach (var complaint in refused.Complaints)
            {
                Words.Error(complaint.ToString());
                Words.Hint(complaint.Hint);
            }
        }
        return reading;
    }

    public void Dispose() => _owner.Dispose();

    private static bool TryOpen(InputFile file, KeyPair server, [NotNullWhen(true)] out DefinitionText? text, [NotNullWhen(true)] out SealOpening.Opened? opened, [NotNullWhen(false)] out Problem? problem)
    {
        text = null;
        problem = null;
        opened = null;
        switch (SealedDefinition.OpenOfAnyone(file.Bytes, server))
        {
            case SealOpening.Opened open:
                opened = open;
                text = new(file.Name, open.Toml, open);
                return true;
            case SealOpening.Refused refused:
                problem = new($"{file.Name}: {refused.What}", refused.Hint);
                return false;
            default:
                throw new InvalidOperationException("an opening of no kind");
        }
    }
}
