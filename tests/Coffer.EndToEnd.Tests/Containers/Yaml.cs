using System.Diagnostics;
using System.Text.Json;

namespace Coffer.EndToEnd.Tests.Containers;

/// <summary>YAML files of the repository, read by Python's parser; anchors and merges are resolved.</summary>
internal static class Yaml
{
    private const string ToJson = "import json, sys, yaml; print(json.dumps(list(yaml.safe_load_all(sys.stdin))))";

    /// <summary>The documents of the file at <paramref name="path"/> in the repository.</summary>
    internal static IReadOnlyList<JsonElement> ReadAll(string path)
    {
        using var python = Process.Start(new ProcessStartInfo("/usr/bin/python3", ["-c", ToJson]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        python.StandardInput.Write(Repository.Read(path));
        python.StandardInput.Close();
        var json = python.StandardOutput.ReadToEnd();
        python.WaitForExit();
        Assert.True(python.ExitCode == 0, $"{path} is no YAML");
        using var documents = JsonDocument.Parse(json);
        return [.. documents.RootElement.Clone().EnumerateArray()];
    }

    /// <summary>What is at the keys, joined by slashes; a number is an index.</summary>
    internal static JsonElement At(this JsonElement element, string keys)
    {
        foreach (var key in keys.Split('/'))
            element = element.ValueKind == JsonValueKind.Array ? element[int.Parse(key, System.Globalization.CultureInfo.InvariantCulture)] : element.GetProperty(key);
        return element;
    }

    /// <summary>The text at the keys.</summary>
    internal static string Text(this JsonElement element, string keys) => element.At(keys) is { ValueKind: JsonValueKind.String } text ? text.GetString()! : element.At(keys).GetRawText();

    /// <summary>The items of the list at the keys.</summary>
    internal static IEnumerable<JsonElement> Items(this JsonElement element, string keys) => element.At(keys).EnumerateArray();

    /// <summary>The texts of the list at the keys.</summary>
    internal static IEnumerable<string> Texts(this JsonElement element, string keys) => element.Items(keys).Select(item => item.GetString()!);

    /// <summary>Names and texts of the mapping at the keys.</summary>
    internal static Dictionary<string, string> Map(this JsonElement element, string keys) => element.At(keys).EnumerateObject().ToDictionary(property => property.Name, property => property.Value.ToString());
}
