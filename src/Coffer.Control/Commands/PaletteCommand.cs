using System.CommandLine;
using Coffer.Operations;
using Coffer.Operations.Palettes;

namespace Coffer.Control.Commands;

/// <summary>A palette as a command that holds its operations.</summary>
internal static class PaletteCommand
{
    internal static Command Create(Palette palette, ControlOptions options, IDictionary<Command, string> examples)
    {
        var command = new Command(palette.Name, palette.Summary);
        foreach (var operation in palette.Operations) Parent(command, operation).Subcommands.Add(Create(operation, options, examples));
        return command;
    }

    private static Command Create(Operation operation, ControlOptions options, IDictionary<Command, string> examples)
    {
        if (operation == CofferPalette.Load) return new LoadCommand(options).Create(examples);
        if (operation == CofferPalette.Rollback) return new RollbackCommand(options).Create(examples);
        return new OperationCommand(operation, options).Create(examples);
    }

    // A verb of two words stands in a command of the first one.
    private static Command Parent(Command palette, Operation operation)
    {
        if (operation.Verb.Split(' ') is not [var first, _]) return palette;
        if (palette.Subcommands.FirstOrDefault(c => c.Name == first) is { } there) return there;
        var parent = new Command(first, $"the {first}");
        palette.Subcommands.Add(parent);
        return parent;
    }
}
