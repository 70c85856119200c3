using System.Management.Automation;
using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using OciTools.Commands;

namespace OciTools.Tests;

/// <summary>The cmdlets of the module, as their metadata and the manifest tell of them.</summary>
internal static partial class ModuleCmdlets
{
    private static readonly XDocument s_documentation =
        XDocument.Load(Path.ChangeExtension(typeof(GetOciManifestCommand).Assembly.Location, ".xml"));

    /// <summary>The cmdlet classes by the names of their cmdlets.</summary>
    public static IReadOnlyDictionary<string, Type> Classes { get; } = typeof(GetOciManifestCommand).Assembly
        .GetExportedTypes()
        .Where(type => type.GetCustomAttributesData().Any(IsCmdlet))
        .ToDictionary(type => $"{Argument(type, 0)}-{Argument(type, 1)}", StringComparer.Ordinal);

    /// <summary>The names for theories.</summary>
    public static TheoryData<string> Names => [.. Classes.Keys.Order(StringComparer.Ordinal)];

    /// <summary>The names that the manifest exports.</summary>
    public static IReadOnlyList<string> Exported { get; } =
    [
        .. QuotedName().Matches(ExportList().Match(ProjectFiles.Read("OciTools.psd1")).Value)
            .Select(match => match.Groups[1].Value),
    ];

    public static bool SupportsShouldProcess(string name) => Classes[name].GetCustomAttributesData().Single(IsCmdlet)
        .NamedArguments.Any(argument => argument is { MemberName: "SupportsShouldProcess", TypedValue.Value: true });

    /// <summary>The parameters of a cmdlet, the common ones of PowerShell left out.</summary>
    public static IEnumerable<PropertyInfo> Parameters(string name) => Classes[name].GetProperties()
        .Where(property => property.GetCustomAttributesData()
            .Any(data => data.AttributeType == typeof(ParameterAttribute)));

    /// <summary>The text of a member's XML summary, on one line.</summary>
    public static string Summary(string memberId) => Text(s_documentation.Descendants("member")
        .Single(member => (string?)member.Attribute("name") == memberId).Element("summary")!.Value);

    /// <summary>Text on one line.</summary>
    public static string Text(string text) => WhiteSpace().Replace(text, " ").Trim();

    private static bool IsCmdlet(CustomAttributeData data) => data.AttributeType == typeof(CmdletAttribute);

    private static object? Argument(Type type, int index) =>
        type.GetCustomAttributesData().Single(IsCmdlet).ConstructorArguments[index].Value;

    [GeneratedRegex(@"CmdletsToExport\s*=\s*@\([^)]*\)")]
    private static partial Regex ExportList();

    [GeneratedRegex(@"'([A-Z]\w+-\w+)'")]
    private static partial Regex QuotedName();

    [GeneratedRegex(@"\s+")]
    private static partial Regex WhiteSpace();
}
