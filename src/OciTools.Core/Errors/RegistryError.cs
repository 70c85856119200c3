namespace OciTools;

/// <summary>One entry of a registry's error answer (distribution specification 1.1, "Error Codes").</summary>
/// <param name="Code">The registry's code, for example <c>MANIFEST_UNKNOWN</c>.</param>
/// <param name="Message">The registry's own words, made safe to show.</param>
public sealed record RegistryError(string Code, string Message)
{
    /// <summary>The code and the words.</summary>
    public override string ToString() => Message.Length == 0 ? Code : $"{Code}: {Message}";
}
