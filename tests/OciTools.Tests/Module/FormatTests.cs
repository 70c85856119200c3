using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace OciTools.Tests.Module;

public partial class FormatTests
{
    private static readonly XDocument s_format =
        XDocument.Parse(ProjectFiles.Read("src", "OciTools", "OciTools.Format.ps1xml"));

    [Theory]
    [InlineData(typeof(OciManifest))]
    [InlineData(typeof(OciIndex))]
    [InlineData(typeof(OciConfig))]
    [InlineData(typeof(OciLayer))]
    [InlineData(typeof(OciLayerItem))]
    [InlineData(typeof(OciTag))]
    [InlineData(typeof(OciTransferResult))]
    [InlineData(typeof(OciExpandResult))]
    [InlineData(typeof(OciRateLimit))]
    [InlineData(typeof(OciOptimizeResult))]
    [InlineData(typeof(OciTestResult))]
    [InlineData(typeof(OciTestFinding))]
    [InlineData(typeof(OciRegistry))]
    [InlineData(typeof(Descriptor))]
    [InlineData(typeof(ImageHistory))]
    [InlineData(typeof(ImageConfig))]
    [InlineData(typeof(ImageHealthcheck))]
    [InlineData(typeof(ImageIndex))]
    [InlineData(typeof(ImageManifest))]
    [InlineData(typeof(OciFileContent))]
    [InlineData(typeof(OciImageFile))]
    [InlineData(typeof(Platform))]
    [InlineData(typeof(RawDocument))]
    public void A_type_has_a_table_and_a_list_that_show_members_it_has(Type type)
    {
        XElement[] views =
        [
            .. s_format.Descendants("View")
                .Where(view => view.Descendants("TypeName").Single().Value == type.FullName),
        ];

        Assert.Single(views, view => view.Element("TableControl") is not null);
        Assert.Single(views, view => view.Element("ListControl") is not null);
        Assert.All(views, view => Assert.Equal(type.Name, view.Element("Name")!.Value));
        IEnumerable<string> members = views
            .SelectMany(view => view.Descendants("PropertyName"))
            .Select(name => name.Value)
            .Concat(views.SelectMany(view => view.Descendants("ScriptBlock"))
                .SelectMany(script => MemberOfItem().Matches(script.Value).Select(match => match.Groups[1].Value)));
        Assert.All(members, path => AssertHasMember(type, path));
    }

    /// <summary>
    /// What a list shows is what can be asked for; those of a config and an index show what is in their documents.
    /// </summary>
    [Fact]
    public void A_list_calls_members_by_their_names() =>
        Assert.All(
            s_format.Descendants("ListControl")
                .Where(list => list.Parent!.Element("Name")!.Value is not (nameof(OciConfig) or nameof(OciIndex))),
            list =>
            {
                Type type = typeof(OciTag).Assembly.GetType(list.Parent!.Descendants("TypeName").Single().Value)!;
                Assert.All(list.Descendants("Label"), label => AssertHasMember(type, label.Value));
            });

    [Fact]
    public void A_table_has_as_many_columns_as_headers() =>
        Assert.All(
            s_format.Descendants("TableControl"),
            table => Assert.Equal(
                table.Descendants("TableColumnHeader").Count(), table.Descendants("TableColumnItem").Count()));

    /// <summary>
    /// Text of others is shown without what could control a terminal: a column may show a bare member only when that is
    /// no text, or text whose form was checked.
    /// </summary>
    [Fact]
    public void No_view_shows_bare_text_of_others()
    {
        string[] safe =
        [
            "OciTag.Name", "OciLayerItem.ModeText", "OciImageFile.ModeText", "OciImageDifference.SideIndicator",
            "OciRegistry.Registry", "OciRateLimit.Registry", "OciRegistry.CredentialSource",
            "OciRegistry.Authentication",
            "OciExpandResult.Path", "OciExpandResult.RecordPath", "OciExpandResult.Commits", "OciOptimizeResult.Path",
            "OciRestoreResult.Path", "OciRestoreResult.RecordPath",
        ];
        IEnumerable<string> bare =
            from view in s_format.Descendants("View")
            let type = typeof(OciTag).Assembly.GetType(view.Descendants("TypeName").Single().Value)
            from name in view.Descendants("PropertyName").Select(name => name.Value)
                .Concat(view.Descendants("ScriptBlock").Select(script => script.Value)
                    .Where(script => !script.Contains("DisplayFormat]::", StringComparison.Ordinal))
                    .SelectMany(script => MemberOfItem().Matches(script).Select(match => match.Groups[1].Value)))
            let member = type.GetProperty(name)?.PropertyType
            where member == typeof(string) || typeof(IEnumerable<string>).IsAssignableFrom(member)
            select $"{type.Name}.{name}";

        Assert.Empty(bare.Except(safe));
    }

    /// <summary>Every public type with text that comes from documents has views of its own.</summary>
    [Fact]
    public void A_type_with_text_of_others_is_never_shown_as_it_is()
    {
        HashSet<string> viewed = [.. s_format.Descendants("TypeName").Select(name => name.Value)];
        IEnumerable<string> bare =
            from type in typeof(Descriptor).Assembly.GetExportedTypes()
            where type.Namespace == nameof(OciTools) && type.IsClass && !type.IsSubclassOf(typeof(Exception))
            where type.Name.StartsWith("Image", StringComparison.Ordinal) || type == typeof(Descriptor)
                || type == typeof(Platform) || type == typeof(RawDocument)
                || (type.Name.StartsWith("Oci", StringComparison.Ordinal) && type.Name != nameof(OciTools))
            where type != typeof(ImageReference) && type != typeof(OciOptimizeResult)
            where !viewed.Contains(type.FullName!)
            select type.Name;

        Assert.Empty(bare);
    }

    /// <summary>Follows a path such as <c>Reference.FamiliarName</c> as far as members of the project go.</summary>
    private static void AssertHasMember(Type type, string path)
    {
        Type? current = type;
        foreach (string name in path.Split('.'))
        {
            if (current.Namespace != nameof(OciTools))
                return;
            current = current.GetProperty(name)?.PropertyType;
            Assert.True(current is not null, $"{type.Name} has no {path}.");
        }
    }

    [GeneratedRegex(@"\$_\.((?:\w+\.)*\w+)")]
    private static partial Regex MemberOfItem();
}
