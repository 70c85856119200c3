using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace OciTools.Tests.Module;

public partial class HelpTests
{
    private static readonly string s_folder = ProjectFiles.At("docs", "en-US");

    public static TheoryData<string> Names => ModuleCmdlets.Names;

    [Theory]
    [MemberData(nameof(Names))]
    public void A_page_tells_of_every_parameter_and_of_no_other(string name) =>
        Assert.Equal(
            ModuleCmdlets.Parameters(name).Select(parameter => parameter.Name).Order(StringComparer.Ordinal),
            ParameterHeading().Matches(Page(name)).Select(match => match.Groups[1].Value)
                .Except(["Confirm", "WhatIf"]).Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Names))]
    public void A_page_and_the_code_describe_parameters_in_the_same_words(string name)
    {
        string page = Page(name);
        Assert.All(ModuleCmdlets.Parameters(name), parameter =>
        {
            int heading = page.IndexOf($"### -{parameter.Name}\n", StringComparison.Ordinal);
            string text = ModuleCmdlets.Text(page[(heading + parameter.Name.Length + 5)..]);
            string summary = ModuleCmdlets.Summary($"P:{parameter.DeclaringType!.FullName}.{parameter.Name}");
            Assert.StartsWith(summary, text, StringComparison.Ordinal);
        });
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_page_has_a_synopsis_and_examples(string name)
    {
        string page = Page(name);
        string summary = ModuleCmdlets.Summary($"T:{ModuleCmdlets.Classes[name].FullName}");
        Assert.Contains($"## SYNOPSIS\n\n{summary}\n", page, StringComparison.Ordinal);
        Assert.InRange(Regex.Count(page, "^### Example ", RegexOptions.Multiline), 2, 9);
        Assert.DoesNotContain("{{", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_page_is_for_a_cmdlet_a_topic_or_the_module() =>
        Assert.All(
            Directory.GetFiles(s_folder, "*.md").Select(Path.GetFileNameWithoutExtension),
            page => Assert.True(
                page == "OciTools" || page!.StartsWith("about_Oci", StringComparison.Ordinal)
                || ModuleCmdlets.Classes.ContainsKey(page)));

    [Fact]
    public void The_help_file_was_made_from_the_pages_as_they_are()
    {
        string[] expected = [.. ModuleCmdlets.Exported.Select(name => $"{Hash(Page(name))}  {name}.md")];
        Assert.Equal(expected, File.ReadAllLines(Path.Combine(s_folder, "OciTools.dll-Help.sources")));
    }

    [Fact]
    public void The_help_file_has_every_cmdlet()
    {
        var help = XDocument.Load(Path.Combine(s_folder, "OciTools.dll-Help.xml"));
        Assert.Equal(
            ModuleCmdlets.Exported,
            help.Root!.Elements().Select(command => command.Descendants().First(e => e.Name.LocalName == "name").Value)
                .Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_help_file_leaves_breaking_lines_to_the_console()
    {
        var help = XDocument.Load(Path.Combine(s_folder, "OciTools.dll-Help.xml"));
        Assert.All(
            help.Descendants().Where(element => element.Name.LocalName == "para"),
            part => Assert.DoesNotMatch(@"```|\n(?!- )", part.Value));
        Assert.All(
            help.Descendants().Where(element => element.Name.LocalName == "code"),
            code => Assert.NotEmpty(code.Value));
    }

    private static string Page(string name) =>
        File.ReadAllText(Path.Combine(s_folder, $"{name}.md")).ReplaceLineEndings("\n");

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    [GeneratedRegex(@"^### -(\w+)$", RegexOptions.Multiline)]
    private static partial Regex ParameterHeading();
}
