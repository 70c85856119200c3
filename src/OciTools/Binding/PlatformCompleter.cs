using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace OciTools.Binding;

/// <summary>Completes the platforms that images are usually made for.</summary>
public sealed class PlatformCompleter : IArgumentCompleter
{
    private static readonly string[] s_platforms =
    [
        "linux/amd64", "linux/arm64", "linux/arm/v7", "linux/arm/v6", "linux/386", "linux/ppc64le", "linux/s390x",
        "linux/riscv64", "windows/amd64", "windows/arm64",
    ];

    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName,
        string parameterName,
        string wordToComplete,
        CommandAst commandAst,
        IDictionary fakeBoundParameters) => Completion.Match(s_platforms, wordToComplete);
}
