namespace OciTools.RootFs;

/// <summary>Gives files what an entry says of them, and tells what the caller has no right to.</summary>
internal static class UnixMetadata
{
    private const string AccessList = "system.posix_acl_access";
    private const int SetIdMask = 0b110_000_000_000;

    /// <summary>Gives an open file or folder owner, mode and attributes.</summary>
    /// <param name="descriptor">The file or folder.</param>
    /// <param name="entry">What it should be.</param>
    /// <param name="mode">The permission bits, as far as they can be set; null for those of the entry.</param>
    public static MetadataParts Apply(int descriptor, TarEntry entry, int? mode = null)
    {
        RemoveOtherAttributes(descriptor, entry);

        // A change of owner takes the set-ID bits and capabilities away, so it comes first.
        MetadataParts missing = CanOwn(entry)
            && UnixNative.ChangeOwner(descriptor, (uint)entry.Uid, (uint)entry.Gid) == 0 ? 0 : MetadataParts.Owner;
        int permitted = Permit(mode ?? entry.Mode, ref missing);
        if (UnixNative.ChangeMode(descriptor, (uint)permitted) != 0)
            missing |= MetadataParts.Mode;

        foreach ((string name, byte[] value) in entry.ExtendedAttributes)
        {
            byte[] key = UnixText.Encode(name);
            int result = OperatingSystem.IsLinux()
                ? UnixNative.SetAttribute(descriptor, key, value, (nuint)value.Length, 0)
                : UnixNative.SetAttributeOnMac(descriptor, key, value, (nuint)value.Length, 0, 0);
            if (result != 0)
                missing |= MetadataParts.Attributes;
        }

        return missing;
    }

    /// <summary>
    /// Gives owner, mode, attributes and time to what has a name in an open folder, without following a link.
    /// </summary>
    public static MetadataParts ApplyTo(int folder, byte[] name, string text, TarEntry entry)
    {
        MetadataParts missing = CanOwn(entry) && UnixNative.ChangeOwner(
            folder, name, (uint)entry.Uid, (uint)entry.Gid, UnixNumbers.NotFollowing) == 0 ? 0 : MetadataParts.Owner;
        if (entry.Type != OciFileType.SymbolicLink)
        {
            if (OperatingSystem.IsLinux() && !entry.ExtendedAttributes.ContainsKey(AccessList))
                _ = UnixNative.RemoveAttribute(UnixText.Encode(PathOf(folder, text)), UnixText.Encode(AccessList));
            int permitted = Permit(entry.Mode, ref missing);
            if (UnixNative.ChangeMode(folder, name, (uint)permitted, UnixNumbers.NotFollowing) != 0)
                missing |= MetadataParts.Mode;
        }

        foreach ((string attribute, byte[] value) in entry.ExtendedAttributes)
        {
            if (!OperatingSystem.IsLinux() || UnixNative.SetAttribute(
                UnixText.Encode(PathOf(folder, text)),
                UnixText.Encode(attribute),
                value,
                (nuint)value.Length,
                0) != 0)
            {
                missing |= MetadataParts.Attributes;
            }
        }

        FileTimes times = FileTimes.Both(FileTime.From(entry));
        if (UnixNative.SetTimes(folder, name, in times, UnixNumbers.NotFollowing) != 0)
            missing |= MetadataParts.Time;
        return missing;
    }

    /// <summary>Sets the time of an open file or folder.</summary>
    public static MetadataParts SetTime(int descriptor, FileTime time)
    {
        FileTimes times = FileTimes.Both(time);
        return UnixNative.SetTimes(descriptor, in times) == 0 ? MetadataParts.None : MetadataParts.Time;
    }

    /// <summary>
    /// Removes the attributes that an entry does not have: those of a folder that was there before it, and the access
    /// list that a folder with a default one hands down.
    /// </summary>
    private static void RemoveOtherAttributes(int descriptor, TarEntry entry)
    {
        if (!OperatingSystem.IsLinux())
            return;
        nint length = UnixNative.ListAttributes(descriptor, null, 0);
        if (length <= 0)
            return;

        byte[] list = new byte[length];
        length = UnixNative.ListAttributes(descriptor, list, (nuint)list.Length);
        if (length <= 0)
            return;
        foreach (string name in TarText.Decode(list.AsSpan(0, (int)length)).Split(
            '\0', StringSplitOptions.RemoveEmptyEntries))
        {
            // The label is the system's own, not the image's.
            if (name != "security.selinux" && !entry.ExtendedAttributes.ContainsKey(name))
                _ = UnixNative.RemoveAttribute(descriptor, UnixText.Encode(name));
        }
    }

    /// <summary>The highest number means "leave it" to the calls, not an owner.</summary>
    private static bool CanOwn(TarEntry entry) => entry.Uid < uint.MaxValue && entry.Gid < uint.MaxValue;

    /// <summary>
    /// There are no calls for the attributes of a name in an open folder; the path leads through the folder itself.
    /// </summary>
    private static string PathOf(int folder, string name) => $"/proc/self/fd/{folder}/{name}";

    /// <summary>A file that runs as its owner must not do so as another one than the image says.</summary>
    private static int Permit(int mode, ref MetadataParts missing)
    {
        if ((missing & MetadataParts.Owner) == 0 || (mode & SetIdMask) == 0)
            return mode;
        missing |= MetadataParts.Mode;
        return mode & ~SetIdMask;
    }
}
