using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace OciTools.Binding;

/// <summary>Completes the names of encodings that PowerShell has.</summary>
public sealed class EncodingCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName,
        string parameterName,
        string wordToComplete,
        CommandAst commandAst,
        IDictionary fakeBoundParameters) =>
        Completion.Match(EncodingTransformationAttribute.Names, wordToComplete);
}
