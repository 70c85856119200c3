using System.Management.Automation;
using OciTools.Binding;

namespace OciTools.Tests.Module;

/// <summary>The manifest, the assembly, the help and the tests speak of the same cmdlets.</summary>
public class AgreementTests
{
    private static readonly string[] s_reserved =
    [
        "Confirm", "Debug", "ErrorAction", "ErrorVariable", "InformationAction", "InformationVariable", "OutBuffer",
        "OutVariable", "PipelineVariable", "ProgressAction", "Verbose", "WarningAction", "WarningVariable", "WhatIf",
    ];

    public static TheoryData<string> Names => ModuleCmdlets.Names;

    [Fact]
    public void The_manifest_exports_every_cmdlet_and_no_other() =>
        Assert.Equal(ModuleCmdlets.Classes.Keys.Order(StringComparer.Ordinal), ModuleCmdlets.Exported);

    [Theory]
    [MemberData(nameof(Names))]
    public void A_cmdlet_has_a_class_and_a_test_file_of_its_name(string name)
    {
        Assert.Equal($"{name.Replace("-", "", StringComparison.Ordinal)}Command", ModuleCmdlets.Classes[name].Name);
        Assert.True(File.Exists(ProjectFiles.At("tests", "Pester", $"{name}.Tests.ps1")));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_cmdlet_says_what_it_writes(string name) =>
        Assert.Contains(
            ModuleCmdlets.Classes[name].GetCustomAttributesData(),
            data => data.AttributeType == typeof(OutputTypeAttribute));

    [Theory]
    [MemberData(nameof(Names))]
    public void A_cmdlet_asks_before_it_changes_something(string name) =>
        Assert.Equal(name.Split('-')[0] is not ("Get" or "Compare"), ModuleCmdlets.SupportsShouldProcess(name));

    [Theory]
    [MemberData(nameof(Names))]
    public void Parameters_do_not_take_the_names_of_PowerShells_own(string name) =>
        Assert.Empty(ModuleCmdlets.Parameters(name).Select(parameter => parameter.Name).Intersect(s_reserved));

    [Theory]
    [MemberData(nameof(Names))]
    public void Parameters_for_references_take_objects_that_have_one(string name) =>
        Assert.All(
            ModuleCmdlets.Parameters(name).Where(parameter =>
                parameter.PropertyType == typeof(ImageReference) || parameter.PropertyType == typeof(ImageReference[])),
            parameter => Assert.True(Attribute.IsDefined(parameter, typeof(ReferenceTransformationAttribute))));

    [Fact]
    public void No_public_type_stands_on_a_type_that_is_loaded_apart()
    {
        IEnumerable<Type> bases = typeof(OciTools.Commands.GetOciManifestCommand).Assembly.GetExportedTypes()
            .SelectMany(type => type.GetInterfaces().Append(type.BaseType!))
            .Where(type => type is not null);
        Assert.DoesNotContain(bases, type => type.Assembly.GetName().Name == "OciTools.Http");
    }
}
