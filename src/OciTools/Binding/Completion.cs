using System.Management.Automation;

namespace OciTools.Binding;

/// <summary>Makes completion results of plain words.</summary>
internal static class Completion
{
    /// <summary>
    /// The candidates that have the word in them, those that begin with it first; in quotes if the word has one.
    /// </summary>
    public static IEnumerable<CompletionResult> Match(IEnumerable<string> candidates, string wordToComplete)
    {
        string quote = wordToComplete.StartsWith('\'') || wordToComplete.StartsWith('"') ? wordToComplete[..1] : "";
        string word = wordToComplete.Trim('\'', '"');
        return candidates
            .Where(candidate => candidate.Contains(word, StringComparison.OrdinalIgnoreCase))
            .OrderByDescending(candidate => candidate.StartsWith(word, StringComparison.OrdinalIgnoreCase))
            .Select(candidate => new CompletionResult(
                quote + candidate + quote, candidate, CompletionResultType.ParameterValue, candidate));
    }
}
