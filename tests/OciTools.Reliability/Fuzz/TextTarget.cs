using System.Text;

namespace OciTools.Reliability.Fuzz;

/// <summary>Something that reads a text.</summary>
internal abstract class TextTarget : FuzzTarget
{
    public sealed override IReadOnlyList<byte[]> Seeds => [.. Texts.Select(Encoding.UTF8.GetBytes)];

    protected abstract IReadOnlyList<string> Texts { get; }

    public sealed override Task RunAsync(byte[] input)
    {
        Run(Encoding.UTF8.GetString(input));
        return Task.CompletedTask;
    }

    protected abstract void Run(string text);
}
