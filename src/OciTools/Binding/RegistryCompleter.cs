using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using OciTools.Loading;
using OciTools.Operations;

namespace OciTools.Binding;

/// <summary>Completes the registries that the session is connected to and those that credential files name; asks nobody.</summary>
public sealed class RegistryCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName,
        string parameterName,
        string wordToComplete,
        CommandAst commandAst,
        IDictionary fakeBoundParameters) => Completion.Match(
            new GetRegistryOperation(ModuleSession.Current).GetKnown().Select(known => known.Registry), wordToComplete);
}
