using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Text.RegularExpressions;

namespace OciTools.Tests.Module;

/// <summary>The folder that a build puts together is the module that PowerShell loads.</summary>
public class StagedModuleTests
{
    private static readonly string s_folder = ProjectFiles.At("out", "OciTools", ReadVersion());

    private static readonly string[] s_files =
    [
        .. Directory.EnumerateFiles(s_folder, "*", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(s_folder, path).Replace('\\', '/')).Order(StringComparer.Ordinal),
    ];

    [Fact]
    public void The_root_holds_what_PowerShell_sees() =>
        Assert.Equal(
            [
                "CHANGELOG.md", "LICENSE", "OciTools.Core.dll", "OciTools.Format.ps1xml",
                "OciTools.Types.ps1xml", "OciTools.dll", "OciTools.psd1", "README.md", "THIRD-PARTY-NOTICES",
            ],
            s_files.Where(file => !file.Contains('/', StringComparison.Ordinal)));

    [Fact]
    public void Deps_holds_the_http_clients_and_their_packages_and_nothing_else()
    {
        string[] libraries = [.. s_files.Where(file => file.StartsWith("deps/", StringComparison.Ordinal))];

        Assert.Contains("deps/OciTools.Http.dll", libraries);
        Assert.Contains("deps/Polly.Core.dll", libraries);
        Assert.Contains("deps/Microsoft.Extensions.Http.dll", libraries);
        Assert.All(libraries, file => Assert.Matches(
            @"^deps/(OciTools\.Http|Polly\.Core|Microsoft\.Extensions\.[\w.]+)\.dll$", file));
    }

    [Fact]
    public void Everything_that_the_http_clients_refer_to_is_there()
    {
        HashSet<string> staged = [.. s_files.Select(file => Path.GetFileNameWithoutExtension(file)!)];
        string framework = Path.GetDirectoryName(typeof(object).Assembly.Location)!;
        IEnumerable<string> missing = s_files
            .Where(file => file.StartsWith("deps/", StringComparison.Ordinal))
            .SelectMany(ReferencesOf)
            .Where(name => !staged.Contains(name) && !File.Exists(Path.Combine(framework, $"{name}.dll")));

        Assert.Empty(missing.Distinct());
    }

    [Fact]
    public void Help_is_in_the_folder_of_its_language()
    {
        string[] help = [.. s_files.Where(file => file.StartsWith("en-US/", StringComparison.Ordinal))];

        Assert.Contains("en-US/OciTools.dll-Help.xml", help);
        Assert.Equal(
            Directory.GetFiles(ProjectFiles.At("docs", "en-US"), "about_*.md")
                .Select(path => $"en-US/{Path.GetFileNameWithoutExtension(path)}.help.txt")
                .Order(StringComparer.Ordinal),
            help.Where(file => file.EndsWith(".help.txt", StringComparison.Ordinal)));
    }

    private static IEnumerable<string> ReferencesOf(string file)
    {
        using var library = new PEReader(File.OpenRead(Path.Combine(s_folder, file)));
        MetadataReader metadata = library.GetMetadataReader();
        return [.. metadata.AssemblyReferences.Select(handle =>
            metadata.GetString(metadata.GetAssemblyReference(handle).Name))];
    }

    private static string ReadVersion() =>
        Regex.Match(ProjectFiles.Read("OciTools.psd1"), @"ModuleVersion\s*=\s*'([^']+)'").Groups[1].Value;
}
