using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace OciTools.Layout;

/// <summary>
/// Writes the lines of a ledger so that nobody but this user can: each ends with a message authentication code that
/// covers the folder of the layout, too. A line that came with a layout from a stranger, or from a copy of one, does
/// not fit.
/// </summary>
/// <param name="key">The user's key.</param>
/// <param name="root">The full path of the layout.</param>
internal sealed class LedgerSeal(byte[] key, string root)
{
    /// <summary>128 of the 256 bits are enough against forgery and keep the lines short.</summary>
    private const int CodeLength = 16;

    /// <summary>The line of an entry: its digest, a space, and the code in hex.</summary>
    public string Line(LedgerEntry entry)
    {
        string vouched = string.Create(
            CultureInfo.InvariantCulture, $"{entry.Digest}\n{entry.Size}\n{entry.Modified}\n{root}");
        Span<byte> code = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(vouched), code);
        return $"{entry.Digest} {Convert.ToHexStringLower(code[..CodeLength])}";
    }

    /// <summary>What a line is about: its digest, whoever wrote it.</summary>
    public static string SubjectOf(string line) => line.Split(' ', 2)[0];
}
