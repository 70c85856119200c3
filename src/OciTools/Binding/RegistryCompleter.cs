using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using OciTools.Cmdlets;
using OciTools.Loading;
using OciTools.Operations;

namespace OciTools.Binding;

/// <summary>
/// Completes the registries that the session is connected to and those that credential files name. Asks nobody.
/// </summary>
public sealed class RegistryCompleter : IArgumentCompleter
{
    // A home directory on a slow network must not freeze the Tab key.
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(2);

    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName,
        string parameterName,
        string wordToComplete,
        CommandAst commandAst,
        IDictionary fakeBoundParameters) => Completion.Match(FindNames(), wordToComplete);

    private static List<string> FindNames()
    {
        List<string> names = [];
        using var limit = new CancellationTokenSource(s_limit);
        try
        {
            PipelinePump.Run<string>(
                async (queue, token) =>
                {
                    var operation = new GetRegistryOperation(ModuleSession.Current);
                    foreach (string name in await operation.ListNamesAsync(token).ConfigureAwait(false))
                        queue.Post(name);
                },
                names.Add,
                limit.Token);
        }
        catch (OperationCanceledException)
        {
            // No names are better than a wait.
        }

        return names;
    }
}
