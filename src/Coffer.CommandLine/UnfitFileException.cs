namespace Coffer.CommandLine;

/// <summary>A file is not used because of what it is.</summary>
/// <param name="message">What that is, in words for people, as <see cref="FileFault.Describe(Exception)"/> gives them.</param>
public sealed class UnfitFileException(string message) : IOException(message);
