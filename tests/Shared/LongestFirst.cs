using System.Reflection;
using Coffer.Tests.Shared;
using Xunit.Sdk;
using Xunit.v3;

[assembly: Xunit.TestCollectionOrderer(typeof(LongestFirst))]

namespace Coffer.Tests.Shared;

/// <summary>About how many seconds the specs of a class take one after the other, where that is many.</summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class TakesAttribute(int seconds) : Attribute
{
    internal int Seconds => seconds;
}

/// <summary>Begins with the classes that take longest: all others would have ended before one that began last.</summary>
internal sealed class LongestFirst : ITestCollectionOrderer
{
    // A class without a collection is one by itself, which is called like this.
    private const string OfClass = "Test collection for ";

    private static readonly Dictionary<string, int> Seconds = Assembly.GetExecutingAssembly().GetTypes()
        .Select(type => (Class: OfClass + type.FullName, type.GetCustomAttribute<TakesAttribute>()?.Seconds))
        .Where(takes => takes.Seconds is not null)
        .ToDictionary(takes => takes.Class, takes => takes.Seconds!.Value);

    /// <inheritdoc/>
    public IReadOnlyCollection<TCollection> OrderTestCollections<TCollection>(IReadOnlyCollection<TCollection> testCollections) where TCollection : ITestCollection =>
        [.. testCollections.OrderByDescending(collection => Seconds.GetValueOrDefault(collection.TestCollectionDisplayName.Split(" (id: ")[0]))];
}
