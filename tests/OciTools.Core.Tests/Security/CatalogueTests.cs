using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace OciTools.Tests.Security;

/// <summary>The catalogue of attacks is <c>docs/security.md</c>.</summary>
public sealed partial class CatalogueTests
{
    [Fact]
    public void Every_test_that_the_catalogue_names_exists()
    {
        string text = File.ReadAllText(Path.Combine(Root(), "docs", "security.md"));
        string[] named = [.. TestName().Matches(text).Select(match => match.Groups[1].Value)];
        HashSet<string> tests =
        [
            .. typeof(CatalogueTests).Assembly.GetTypes().SelectMany(type => type.GetMethods()
                .Where(method => method.GetCustomAttributes<FactAttribute>().Any())
                .Select(method => $"{type.Name}.{method.Name}")),
        ];

        Assert.True(named.Length > 50, $"The catalogue names only {named.Length} tests.");
        Assert.Empty(named.Except(tests));
    }

    [Fact]
    public void Every_script_that_the_catalogue_names_exists()
    {
        string text = File.ReadAllText(Path.Combine(Root(), "docs", "security.md"));
        Assert.All(
            ScriptName().Matches(text).Select(match => match.Groups[1].Value),
            script => Assert.True(File.Exists(Path.Combine(Root(), "tests", "Pester", script)), script));
    }

    private static string Root([CallerFilePath] string path = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(path)!, "..", "..", ".."));

    [GeneratedRegex(@"`(\w+Tests\.\w+)`")]
    private static partial Regex TestName();

    [GeneratedRegex(@"`(\w+\.Tests\.ps1)`")]
    private static partial Regex ScriptName();
}
