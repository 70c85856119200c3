namespace OciTools.RootFs;

/// <summary>One state of a <see cref="FseTable"/>: what it stands for, and how the next state follows.</summary>
/// <param name="Base">The symbol, or the smallest number that the symbol stands for.</param>
/// <param name="NextState">The next state, before the bits of the stream are added.</param>
/// <param name="StateBits">How many bits of the stream are added to <paramref name="NextState"/>.</param>
/// <param name="ExtraBits">How many bits of the stream are added to <paramref name="Base"/>.</param>
internal readonly record struct FseCell(uint Base, ushort NextState, byte StateBits, byte ExtraBits);
