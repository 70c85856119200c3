using System.Globalization;
using System.Management.Automation;
using System.Text;

namespace OciTools.Binding;

/// <summary>Takes encodings by the names that PowerShell has for them, by those of .NET, and by code page.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class EncodingTransformationAttribute : ArgumentTransformationAttribute
{
    // The names of Get-Content, but those that depend on the machine.
    private static readonly Dictionary<string, Encoding> s_encodings = new(StringComparer.OrdinalIgnoreCase)
    {
        ["ascii"] = Encoding.ASCII,
        ["bigendianunicode"] = Encoding.BigEndianUnicode,
        ["bigendianutf32"] = new UTF32Encoding(bigEndian: true, byteOrderMark: true),
        ["latin1"] = Encoding.Latin1,
        ["unicode"] = Encoding.Unicode,
        ["utf8"] = Encoding.UTF8,
        ["utf8BOM"] = Encoding.UTF8,
        ["utf8NoBOM"] = Encoding.UTF8,
        ["utf32"] = Encoding.UTF32,
    };

    internal static IEnumerable<string> Names => s_encodings.Keys;

    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData) =>
        (inputData is PSObject wrapped ? wrapped.BaseObject : inputData) switch
        {
            int codePage => Find(() => Encoding.GetEncoding(codePage)),
            string name when s_encodings.TryGetValue(name, out Encoding? encoding) => encoding,
            string name when int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int codePage) =>
                Find(() => Encoding.GetEncoding(codePage)),
            string name => Find(() => Encoding.GetEncoding(name)),
            _ => inputData,
        };

    private static Encoding Find(Func<Encoding> get)
    {
        try
        {
            return get();
        }
        catch (Exception exception) when (exception is ArgumentException or NotSupportedException)
        {
            throw new ArgumentTransformationMetadataException(
                $"There is no such encoding. Use a code page, or a name such as {string.Join(", ", Names)}.",
                exception);
        }
    }
}
