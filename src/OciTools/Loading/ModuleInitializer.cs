using System.Management.Automation;

namespace OciTools.Loading;

/// <summary>Prepares the module. PowerShell runs it on every import, in every runspace.</summary>
public sealed class ModuleInitializer : IModuleAssemblyInitializer
{
    /// <inheritdoc/>
    public void OnImport() => ModuleLoadContext.Install();
}
