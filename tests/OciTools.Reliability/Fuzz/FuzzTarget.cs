namespace OciTools.Reliability.Fuzz;

/// <summary>Something that reads what strangers wrote.</summary>
internal abstract class FuzzTarget
{
    public abstract string Name { get; }

    /// <summary>Right inputs, which are changed.</summary>
    public abstract IReadOnlyList<byte[]> Seeds { get; }

    /// <summary>Pieces of the grammar, which are put in anywhere.</summary>
    public virtual IReadOnlyList<string> Tokens => [];

    /// <summary>The most bytes that one input may make it allocate.</summary>
    public virtual long AllocationLimit => 64L * 1024 * 1024;

    /// <summary>Repairs what would hide the change behind a checksum.</summary>
    public virtual void Repair(byte[] input)
    {
    }

    /// <summary>Reads the input; throws what that throws, or <see cref="FuzzFailure"/> for a wrong result.</summary>
    public abstract Task RunAsync(byte[] input);

    /// <summary>Whether the documentation says that it may be thrown.</summary>
    public virtual bool IsDocumented(Exception exception) => exception is OciException;
}
