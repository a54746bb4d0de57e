namespace Coffer.Definitions;

/// <summary>What became of reading a definition: <see cref="Accepted"/> or <see cref="Refused"/>.</summary>
public abstract class DefinitionReading
{
    private DefinitionReading(IReadOnlyList<Complaint> warnings) => Warnings = warnings;

    /// <summary>What is allowed and may not be meant, in the order of the file: keys that <c>coffer-client run</c> refuses, each once, where it stands first; no client at all.</summary>
    public IReadOnlyList<Complaint> Warnings { get; }

    /// <summary>The definition is whole.</summary>
    public sealed class Accepted : DefinitionReading
    {
        internal Accepted(Definition definition, IReadOnlyList<Complaint> warnings) : base(warnings) => Definition = definition;

        /// <summary>The clients with their coffers.</summary>
        public Definition Definition { get; }
    }

    /// <summary>The definition is not taken, no part of it.</summary>
    public sealed class Refused : DefinitionReading
    {
        internal Refused(IReadOnlyList<Complaint> complaints, IReadOnlyList<Complaint> warnings) : base(warnings) => Complaints = complaints;

        /// <summary>Everything that is wrong, in the order of the file; at least one.</summary>
        public IReadOnlyList<Complaint> Complaints { get; }
    }
}
