using System.Security.Cryptography;
using System.Text;
using Coffer.Crypto.Keys;

namespace Coffer.Definitions.Tests;

/// <summary>Public keys that are the same in every run, and their text.</summary>
internal static class Keys
{
    internal static PublicKey Of(string name) => new(SHA256.HashData(Encoding.UTF8.GetBytes(name)));

    internal static string Text(string name) => Of(name).ToString();
}
