using OciTools.RootFs;

namespace OciTools.Tests.RootFs;

public sealed class LayerPathTests
{
    [Theory]
    [InlineData("etc/passwd", "etc/passwd")]
    [InlineData("./etc/passwd", "etc/passwd")]
    [InlineData("/etc//./passwd/", "etc/passwd")]
    [InlineData("./", "")]
    [InlineData("/", "")]
    [InlineData(".", "")]
    [InlineData("..", "")]
    [InlineData("../../etc", "etc")]
    [InlineData("a/../../b", "b")]
    [InlineData("a/b/../c", "a/c")]
    [InlineData(".hidden/..twice/...", ".hidden/..twice/...")]
    public void Paths_are_normalised(string name, string path)
    {
        Assert.Equal(new LayerPath(path, false, false), LayerPath.Parse(name));
    }

    [Theory]
    [InlineData("etc/.wh.passwd", "etc/passwd", true, false)]
    [InlineData(".wh.etc", "etc", true, false)]
    [InlineData("./etc/.wh..wh..opq", "etc", false, true)]
    [InlineData(".wh..wh..opq", "", false, true)]
    [InlineData("etc/.wh..wh.aufs", "etc/.wh..wh.aufs", false, false)]
    [InlineData("etc/.wh.", "etc/.wh.", false, false)]
    [InlineData(".wh.etc/passwd", ".wh.etc/passwd", false, false)]
    [InlineData("a.wh.b", "a.wh.b", false, false)]
    public void Marks_are_taken_apart(string name, string path, bool isWhiteout, bool isOpaque)
    {
        Assert.Equal(new LayerPath(path, isWhiteout, isOpaque), LayerPath.Parse(name));
    }

    [Theory]
    [InlineData(OciFileType.File, "755", "-rwxr-xr-x")]
    [InlineData(OciFileType.Directory, "1777", "drwxrwxrwt")]
    [InlineData(OciFileType.File, "6711", "-rws--s--x")]
    [InlineData(OciFileType.File, "7000", "---S--S--T")]
    [InlineData(OciFileType.SymbolicLink, "777", "lrwxrwxrwx")]
    [InlineData(OciFileType.CharacterDevice, "620", "crw--w----")]
    [InlineData(OciFileType.BlockDevice, "0", "b---------")]
    [InlineData(OciFileType.Fifo, "0", "p---------")]
    [InlineData(OciFileType.HardLink, "644", "-rw-r--r--")]
    public void Modes_are_shown_as_by_ls(OciFileType type, string mode, string text)
    {
        Assert.Equal(text, FileModeText.Format(type, Convert.ToInt32(mode, 8)));
    }
}
