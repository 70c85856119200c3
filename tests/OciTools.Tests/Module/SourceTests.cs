using System.Text.RegularExpressions;

namespace OciTools.Tests.Module;

/// <summary>The walls between the assemblies, and the habits that the code keeps.</summary>
public class SourceTests
{
    [Theory]
    [InlineData(@"^using System\.Management\.Automation", "src/OciTools/")]
    [InlineData(@"^using (Polly|Microsoft\.Extensions)", "src/OciTools.Http/")]
    [InlineData(@"^using OciTools\.Http", "src/OciTools/Loading/ModuleSession.cs")]
    [InlineData(@"\.GetAwaiter\(\)\.GetResult\(\)", "src/OciTools/Cmdlets/PipelinePump.cs")]
    [InlineData(@"\bWaitOne\(|\bTask\.Wait(All|Any)?\(|\.Wait\(\)|(?<!utcome)\.Result\b|\bThread\.Sleep\(", "nowhere")]
    [InlineData(@"\basync void\b", "nowhere")]
    [InlineData(@"\bConsole\.", "nowhere")]
    [InlineData(@"\bSynchronizationContext\b", "nowhere")]
    public void What_belongs_to_one_place_is_nowhere_else(string pattern, string place)
    {
        IEnumerable<string> strays = ProjectFiles.Sources
            .Where(source => !source.Key.StartsWith(place, StringComparison.Ordinal)
                && Regex.IsMatch(source.Value, pattern, RegexOptions.Multiline))
            .Select(source => source.Key);

        Assert.Empty(strays);
    }

    [Fact]
    public void There_is_one_blocking_wait() =>
        Assert.Single(ProjectFiles.Sources.Values.SelectMany(source =>
            Regex.Matches(source, @"\.GetAwaiter\(\)\.GetResult\(\)")));
}
