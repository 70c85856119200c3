using System.Management.Automation;

namespace OciTools.Cmdlets;

/// <summary>An error as PowerShell shows it: all that an error record needs beside the exception.</summary>
/// <param name="Id">The stable id that scripts test.</param>
/// <param name="Category">The kind of error.</param>
/// <param name="Target">The thing it is about.</param>
/// <param name="Message">What happened.</param>
/// <param name="Action">What to do about it in PowerShell; null when the message says all there is.</param>
internal sealed record ErrorDescription(
    string Id, ErrorCategory Category, object? Target, string Message, string? Action = null);
