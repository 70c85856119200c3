namespace OciTools.Comparing;

/// <summary>
/// Puts two lists side by side so that as much as possible is in both (their longest common subsequence).
/// </summary>
internal static class SequenceMatch
{
    // The work grows with the product of the lengths. An image has 127 layers at most, if a container is to run.
    private const long MaximumCells = 1_000_000;

    /// <summary>Matches two lists.</summary>
    /// <typeparam name="T">What is in them.</typeparam>
    /// <param name="left">The one list.</param>
    /// <param name="right">The other list.</param>
    /// <param name="key">What makes two items the same.</param>
    /// <returns>The items of both in their order, together where they are the same.</returns>
    public static IReadOnlyList<(T? Left, T? Right)> Align<T>(
        IReadOnlyList<T> left, IReadOnlyList<T> right, Func<T, object?> key)
        where T : class
    {
        object?[] leftKeys = [.. left.Select(key)];
        object?[] rightKeys = [.. right.Select(key)];
        int[,] common = CountCommon(leftKeys, rightKeys);
        var pairs = new List<(T?, T?)>();
        int i = 0;
        int j = 0;
        while (i < left.Count || j < right.Count)
        {
            if (i < left.Count && j < right.Count && Equals(leftKeys[i], rightKeys[j]))
                pairs.Add((left[i++], right[j++]));
            else if (j == right.Count || (i < left.Count && At(i + 1, j) >= At(i, j + 1)))
                pairs.Add((left[i++], null));
            else
                pairs.Add((null, right[j++]));
        }

        return pairs;

        int At(int row, int column) => common.Length == 0 ? 0 : common[row, column];
    }

    /// <summary>How many items the rest of the one list has in common with the rest of the other.</summary>
    private static int[,] CountCommon(object?[] left, object?[] right)
    {
        if ((long)left.Length * right.Length > MaximumCells)
            return new int[0, 0];

        int[,] common = new int[left.Length + 1, right.Length + 1];
        for (int i = left.Length - 1; i >= 0; i--)
        {
            for (int j = right.Length - 1; j >= 0; j--)
            {
                common[i, j] = Equals(left[i], right[j])
                    ? common[i + 1, j + 1] + 1
                    : Math.Max(common[i + 1, j], common[i, j + 1]);
            }
        }

        return common;
    }
}
