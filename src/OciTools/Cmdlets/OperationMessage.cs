namespace OciTools.Cmdlets;

/// <summary>What an operation on the pool asks the pipeline thread to write.</summary>
internal abstract record OperationMessage
{
    private OperationMessage()
    {
    }

    /// <summary>An object for the pipeline.</summary>
    public sealed record Output(object Value) : OperationMessage;

    /// <summary>A line of text, safe to show.</summary>
    public sealed record Notice(NoticeLevel Level, string Text) : OperationMessage;

    /// <summary>The state of a progress bar.</summary>
    public sealed record Progress(ProgressState State) : OperationMessage;

    /// <summary>An error that ends the work on this item, not the command.</summary>
    public sealed record Failure(Exception Exception, object? Target) : OperationMessage;
}
