using System.Collections;
using System.Management.Automation;

namespace OciTools.Binding;

/// <summary>
/// Takes the reference of an object that has one, such as a manifest or a tag, so that the object can stand where an
/// image reference is wanted. PowerShell itself converts text.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ReferenceTransformationAttribute : ArgumentTransformationAttribute
{
    private const string ReferenceProperty = "Reference";

    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        object? plain = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        return plain is IList list ? list.Cast<object?>().Select(Take).ToArray() : Take(inputData);
    }

    private static object? Take(object? item) =>
        item is not null && PSObject.AsPSObject(item).Properties[ReferenceProperty]?.Value is ImageReference reference
            ? reference
            : item;
}
