namespace OciTools;

/// <summary>hash and count while bytes are read; fails as soon as the size is exceeded and at the end on any mismatch.</summary>
public sealed class VerifyingStream : Stream
{
    /// offset 0 streams only; disposes inner
    public VerifyingStream(Stream inner, Descriptor descriptor) => throw null!;
    public override bool CanRead => true;
    public override bool CanSeek => false;
    public override bool CanWrite => false;
    public override long Length => throw new NotSupportedException();
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }
    public override void Flush() { }
    public override int Read(byte[] buffer, int offset, int count) => throw null!;
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
    public override void SetLength(long value) => throw new NotSupportedException();
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
