namespace OciTools.Tests.References;

public sealed class ImageReferenceTests
{
    private const string Hex = "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff";
    private const string ImageId = "1a3f5e7d9c1b3a5f7e9d1c3b5a7f9e1d3c5b7a9f1e3d5d7c9b1a3f5e7d9c1b3a";

    [Theory]
    // Docker Hub
    [InlineData("nginx", "docker.io", "library/nginx", "latest")]
    [InlineData("nginx:1.25", "docker.io", "library/nginx", "1.25")]
    [InlineData("docker/docker", "docker.io", "docker/docker", "latest")]
    [InlineData("library/debian", "docker.io", "library/debian", "latest")]
    [InlineData("docker.io/debian", "docker.io", "library/debian", "latest")]
    [InlineData("docker.io/library/debian", "docker.io", "library/debian", "latest")]
    [InlineData("docker.io/docker/docker", "docker.io", "docker/docker", "latest")]
    [InlineData("docker.io/library/foo/bar", "docker.io", "library/foo/bar", "latest")]
    [InlineData("index.docker.io/debian", "docker.io", "library/debian", "latest")]
    [InlineData("index.docker.io/docker/docker:x", "docker.io", "docker/docker", "x")]
    [InlineData("Docker.IO/debian", "docker.io", "library/debian", "latest")]
    [InlineData("docker://nginx", "docker.io", "library/nginx", "latest")]
    [InlineData("docker://ghcr.io/owner/app:1", "ghcr.io", "owner/app", "1")]
    [InlineData("test_com", "docker.io", "library/test_com", "latest")]
    [InlineData("test_com/foo", "docker.io", "test_com/foo", "latest")]
    [InlineData("aa/bb/cc", "docker.io", "aa/bb/cc", "latest")]
    [InlineData("foo/foo_bar.com:8080", "docker.io", "foo/foo_bar.com", "8080")]
    [InlineData("foo_bar.com:8080", "docker.io", "library/foo_bar.com", "8080")]
    [InlineData("docker-rules/docker", "docker.io", "docker-rules/docker", "latest")]
    [InlineData("docker---rules/docker", "docker.io", "docker---rules/docker", "latest")]
    [InlineData("dock__er/docker", "docker.io", "dock__er/docker", "latest")]
    [InlineData("d/docker", "docker.io", "d/docker", "latest")]
    [InlineData("jess/t", "docker.io", "jess/t", "latest")]
    [InlineData("d", "docker.io", "library/d", "latest")]
    [InlineData("ubuntu-12.04-base", "docker.io", "library/ubuntu-12.04-base", "latest")]
    [InlineData("thisisthesongthatneverendsitgoesonandonandonthisisthesongthatnev", "docker.io",
        "library/thisisthesongthatneverendsitgoesonandonandonthisisthesongthatnev", "latest")]
    [InlineData("docker.io/" + ImageId, "docker.io", "library/" + ImageId, "latest")]
    // Without a slash there is no host
    [InlineData("test.com", "docker.io", "library/test.com", "latest")]
    [InlineData("test.com:tag", "docker.io", "library/test.com", "tag")]
    [InlineData("test.com:5000", "docker.io", "library/test.com", "5000")]
    [InlineData("localhost", "docker.io", "library/localhost", "latest")]
    [InlineData("192.168.1.1", "docker.io", "library/192.168.1.1", "latest")]
    [InlineData("192.168.1.1:5000", "docker.io", "library/192.168.1.1", "5000")]
    // Hosts
    [InlineData("test.com/repo:tag", "test.com", "repo", "tag")]
    [InlineData("test:5000/repo", "test:5000", "repo", "latest")]
    [InlineData("test:5000/repo:tag", "test:5000", "repo", "tag")]
    [InlineData("test-com:8080/foo", "test-com:8080", "foo", "latest")]
    [InlineData("localhost/repo", "localhost", "repo", "latest")]
    [InlineData("localhost:5000/repo", "localhost:5000", "repo", "latest")]
    [InlineData("localhost/library/repo", "localhost", "library/repo", "latest")]
    [InlineData("LOCALHOST/repo", "localhost", "repo", "latest")]
    [InlineData("sub-dom1.foo.com/bar/baz/quux:some-long-tag", "sub-dom1.foo.com", "bar/baz/quux", "some-long-tag")]
    [InlineData("b.gcr.io/test.example.com/my-app:test.example.com", "b.gcr.io", "test.example.com/my-app",
        "test.example.com")]
    [InlineData("xn--n3h.com/myimage:xn--n3h.com", "xn--n3h.com", "myimage", "xn--n3h.com")]
    [InlineData("xn--n3h.com:18080/foo", "xn--n3h.com:18080", "foo", "latest")]
    [InlineData("Example.COM:8000/privatebase", "example.com:8000", "privatebase", "latest")]
    [InlineData("Foo/bar", "Foo", "bar", "latest")]
    [InlineData("FOO/bar:1", "FOO", "bar", "1")]
    [InlineData("127.0.0.1:5000/library/debian", "127.0.0.1:5000", "library/debian", "latest")]
    [InlineData("192.168.1.1/repo", "192.168.1.1", "repo", "latest")]
    [InlineData("192.168.1.1:5000/repo:5050", "192.168.1.1:5000", "repo", "5050")]
    [InlineData("[::1]:5000/repo", "[::1]:5000", "repo", "latest")]
    [InlineData("[2001:db8::1]/repo", "[2001:db8::1]", "repo", "latest")]
    [InlineData("[2001:db8:1:2:3:4:5:6]/repo:tag", "[2001:db8:1:2:3:4:5:6]", "repo", "tag")]
    [InlineData("[2001:DB8::]:5000/repo", "[2001:db8::]:5000", "repo", "latest")]
    [InlineData("[fc00::1]:5000/docker/docker", "[fc00::1]:5000", "docker/docker", "latest")]
    // Tags
    [InlineData("lowercase:Uppercase", "docker.io", "library/lowercase", "Uppercase")]
    [InlineData("a:_", "docker.io", "library/a", "_")]
    [InlineData("a:_.-x", "docker.io", "library/a", "_.-x")]
    [InlineData("a:0", "docker.io", "library/a", "0")]
    public void A_registry_reference_is_taken_apart(string text, string registry, string repository, string tag)
    {
        ImageReference reference = ImageReference.Parse(text);

        Assert.Equal(TransportKind.Registry, reference.Transport);
        Assert.Equal(registry, reference.Registry);
        Assert.Equal(repository, reference.Repository);
        Assert.Equal(tag, reference.Tag);
        Assert.Null(reference.Digest);
        Assert.Null(reference.Path);
        Assert.Equal($"{registry}/{repository}:{tag}", reference.ToString());
        Assert.Equal(reference, ImageReference.Parse(reference.ToString()));
        Assert.Equal(reference, ImageReference.Parse(reference.FamiliarName));
        Assert.Equal(reference.GetHashCode(), ImageReference.Parse(reference.ToString()).GetHashCode());
    }

    [Theory]
    [InlineData("repo@sha256:" + Hex, null, "sha256")]
    [InlineData("test:5000/repo@sha256:" + Hex, null, "sha256")]
    [InlineData("test:5000/repo:tag@sha256:" + Hex, "tag", "sha256")]
    [InlineData("[2001:db8::1]:5000/repo:tag@sha256:" + Hex, "tag", "sha256")]
    [InlineData("xn--7o8h.com/myimage:xn--7o8h.com@sha512:" + Hex + Hex, "xn--7o8h.com", "sha512")]
    public void A_digest_is_kept_with_and_without_a_tag(string text, string? tag, string algorithm)
    {
        ImageReference reference = ImageReference.Parse(text);

        Assert.Equal(tag, reference.Tag);
        Assert.Equal(algorithm, reference.Digest!.Algorithm);
        Assert.EndsWith(text, reference.ToString(), StringComparison.Ordinal);
        Assert.Equal(reference, ImageReference.Parse(reference.ToString()));
    }

    [Theory]
    [InlineData("", "it is empty")]
    [InlineData("docker://", "it is empty")]
    [InlineData("https://github.com/docker/docker", "leave out the 'https://'")]
    [InlineData("HTTP://ghcr.io/a", "leave out the 'http://'")]
    [InlineData(":justtag", "the repository is missing at position 1")]
    [InlineData("@sha256:" + Hex, "the repository is missing at position 1")]
    [InlineData(ImageId, "an image id")]
    [InlineData("sha256:" + Hex, "a digest alone")]
    [InlineData("Nginx:1.0", "the repository 'Nginx' has an upper-case letter at position 1")]
    [InlineData("docker/Docker", "upper-case letter at position 8")]
    [InlineData("docker.io/docker/Docker", "upper-case letter at position 18")]
    [InlineData("test:5000/Uppercase/lowercase:tag", "upper-case letter at position 11")]
    [InlineData("docker://a/B", "upper-case letter at position 12")]
    [InlineData("aa/asdf$$^/aa", "the repository 'aa/asdf$$^/aa' has '$' at position 8")]
    [InlineData("nginx latest", "has a space at position 6")]
    [InlineData("nginx\t", "has a control character at position 6")]
    [InlineData(@"C:\images", "it looks like a path; write 'oci:'")]
    [InlineData("./images", "it looks like a path")]
    [InlineData("~/images", "it looks like a path")]
    [InlineData("/docker", "it looks like a path")]
    [InlineData("docker://../a", "it looks like a path")]
    [InlineData("-docker", "'-' in the wrong place, at position 1")]
    [InlineData("-docker/docker", "'-' in the wrong place, at position 1")]
    [InlineData("docker-/docker", "'-' in the wrong place, at position 7")]
    [InlineData("____/____", "'_' in the wrong place, at position 1")]
    [InlineData("_docker/_docker", "'_' in the wrong place, at position 1")]
    [InlineData("a/_docker", "'_' in the wrong place, at position 3")]
    [InlineData("a___b", "'_' in the wrong place, at position 2")]
    [InlineData("a/dock..er", "'.' in the wrong place, at position 7")]
    [InlineData("a/dock_.er", "'.' in the wrong place, at position 8")]
    [InlineData("a/dock-.er", "'.' in the wrong place, at position 8")]
    [InlineData("a/docker.", "'.' in the wrong place, at position 9")]
    [InlineData("docker/", "empty part at position 8")]
    [InlineData("example.com/", "the repository is missing at position 13")]
    [InlineData("docker///docker", "empty part at position 8")]
    [InlineData("docker.io/docker///docker", "empty part at position 18")]
    [InlineData("-docker.io/docker/docker", "the host '-docker.io' has a dash at position 1")]
    [InlineData("foo-.com/a", "the host 'foo-.com' has a dash at position 4")]
    [InlineData("foo_bar.com/a", "the host 'foo_bar.com' has '_' at position 4")]
    [InlineData("foo..com/a", "the host 'foo..com' has an empty part at position 5")]
    [InlineData(":5000/a", "the host is missing at position 1")]
    [InlineData("host:/a", "the port '' at position 6")]
    [InlineData("host:0/a", "the port '0' at position 6")]
    [InlineData("host:65536/a", "the port '65536' at position 6")]
    [InlineData("nginx:1.0/foo", "the port '1.0' at position 7")]
    [InlineData("docker://host:x/a", "the port 'x' at position 15")]
    [InlineData("[2001:db8::1]", "the repository '[2001' has '[' at position 1")]
    [InlineData("[2001:db8::1]:5000", "has '[' at position 1")]
    [InlineData("fc00::1:5000/debian", "the port ':1:5000'")]
    [InlineData("[fe80::1%eth0]:5000/repo", "is not an IPv6 address")]
    [InlineData("[2001:db8:3:4::192.0.2.33]:5000/debian", "is not an IPv6 address")]
    [InlineData("[:::::]/a", "is not an IPv6 address")]
    [InlineData("[::1/a", "is not an IPv6 address")]
    [InlineData("[::1]x:80/a", "is not an IPv6 address")]
    [InlineData("[fe80::1%@invalidzone]:5000/repo", "has '[' at position 1")]
    [InlineData("a:", "the tag is missing at position 3")]
    [InlineData("a:-x", "the tag '-x' has '-' at position 3; tags begin")]
    [InlineData("a:.x", "the tag '.x' has '.' at position 3")]
    [InlineData("a:b:c", "the tag 'b:c' has ':' at position 4")]
    [InlineData("a:b+c", "the tag 'b+c' has '+' at position 4")]
    [InlineData("a:é", "the tag 'é' has 'é' at position 3")]
    [InlineData("repo@", "the digest '' at position 6 is wrong")]
    [InlineData("repo@sha256:fff", "the digest 'sha256:fff' at position 6 is wrong: sha256 takes 64")]
    [InlineData("validname@invaliddigest:" + Hex, "at position 11 is wrong: the algorithm is sha256 or sha512")]
    [InlineData("repo@sha256:" + Hex + "@sha256:" + Hex, "is wrong")]
    [InlineData("repo@sha256:" + Hex + ":tag", "is wrong")]
    [InlineData("repo@sha256:FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF",
        "lower-case hexadecimal")]
    [InlineData("oci:", "the path is missing after 'oci:'")]
    [InlineData("oci::tag", "the path is missing after 'oci:'")]
    [InlineData("oci:dir:", "the name is missing at position 9")]
    [InlineData("oci:C:", "the name is missing at position 7")]
    [InlineData("oci:dir@sha256:abc", "the digest 'sha256:abc' at position 9 is wrong")]
    [InlineData("oci:dir@sha256", "the digest 'sha256' at position 9 is wrong")]
    [InlineData("oci:dir:a\u001bb", "a control character at position 10")]
    [InlineData("oci:d\u0001ir", "the path has a control character at position 6")]
    [InlineData("oci-archive:", "the path is missing")]
    [InlineData("docker-archive:", "the path is missing")]
    [InlineData("docker-archive:a.tar:@0", "'@0' is no name; choose an image by its name or digest, not by its position")]
    public void A_bad_reference_is_refused_with_the_part_and_the_position(string text, string expected)
    {
        var exception = Assert.Throws<FormatException>(() => ImageReference.Parse(text));

        Assert.Contains(expected, exception.Message, StringComparison.Ordinal);
        Assert.Contains("is not an image reference: ", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', exception.Message);
        Assert.False(ImageReference.TryParse(text, out ImageReference? reference));
        Assert.Null(reference);
    }

    [Fact]
    public void The_message_for_an_upper_case_repository_reads_as_a_sentence()
    {
        var exception = Assert.Throws<FormatException>(() => ImageReference.Parse("Nginx:1.0"));

        Assert.Equal(
            "'Nginx:1.0' is not an image reference: the repository 'Nginx' has an upper-case letter at position 1; "
            + "repositories are lower-case.",
            exception.Message);
    }

    [Fact]
    public void Null_is_no_reference()
    {
        Assert.Throws<ArgumentNullException>(() => ImageReference.Parse(null!));
        Assert.False(ImageReference.TryParse(null, out _));
    }

    [Fact]
    public void A_repository_may_have_255_characters()
    {
        string longest = "a.b/" + string.Concat(Enumerable.Repeat("a/", 127)) + "a";

        Assert.Equal(255, ImageReference.Parse(longest).Repository!.Length);
        string message = Assert.Throws<FormatException>(() => ImageReference.Parse(longest + "a")).Message;
        Assert.Contains("256 characters; 255 is the limit", message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_limit_counts_the_library_prefix()
    {
        string name = new('a', 247);

        Assert.Equal(255, ImageReference.Parse(name).Repository!.Length);
        Assert.Throws<FormatException>(() => ImageReference.Parse(name + "a"));
    }

    [Fact]
    public void A_tag_may_have_128_characters()
    {
        Assert.Equal(128, ImageReference.Parse("a:" + new string('t', 128)).Tag!.Length);
        Assert.Throws<FormatException>(() => ImageReference.Parse("a:" + new string('t', 129)));
    }

    [Theory]
    [InlineData("oci:dir", TransportKind.Layout, "dir", null)]
    [InlineData("oci:dir:tag", TransportKind.Layout, "dir", "tag")]
    [InlineData("oci:./a b/c:tag", TransportKind.Layout, "./a b/c", "tag")]
    [InlineData("oci:/srv/images:tag", TransportKind.Layout, "/srv/images", "tag")]
    [InlineData("oci:dir:docker.io/library/nginx:1.25", TransportKind.Layout, "dir", "docker.io/library/nginx:1.25")]
    [InlineData("oci:dir:localhost:5000/a", TransportKind.Layout, "dir", "localhost:5000/a")]
    [InlineData(@"oci:C:\images\app:1.0", TransportKind.Layout, @"C:\images\app", "1.0")]
    [InlineData(@"oci:C:\images\app", TransportKind.Layout, @"C:\images\app", null)]
    [InlineData("oci:C:/x", TransportKind.Layout, "C:/x", null)]
    [InlineData("oci:C:/x:1", TransportKind.Layout, "C:/x", "1")]
    [InlineData(@"oci:C:\", TransportKind.Layout, @"C:\", null)]
    [InlineData("oci:c:1.0", TransportKind.Layout, "c", "1.0")]
    [InlineData(@"oci:Temp:\x:1", TransportKind.Layout, @"Temp:\x", "1")]
    [InlineData(@"oci:\\?\C:\x:1", TransportKind.Layout, @"\\?\C:\x", "1")]
    [InlineData(@"oci:\\server\share\x:1", TransportKind.Layout, @"\\server\share\x", "1")]
    [InlineData("oci:me@work/x:1", TransportKind.Layout, "me@work/x", "1")]
    [InlineData("oci:me@shared:1", TransportKind.Layout, "me@shared", "1")]
    [InlineData("oci-archive:a.tar", TransportKind.OciArchive, "a.tar", null)]
    [InlineData("oci-archive:a.tar:v1", TransportKind.OciArchive, "a.tar", "v1")]
    [InlineData(@"oci-archive:D:\a.tar:v1", TransportKind.OciArchive, @"D:\a.tar", "v1")]
    [InlineData("docker-archive:a.tar", TransportKind.DockerArchive, "a.tar", null)]
    [InlineData("docker-archive:a.tar:nginx:1.25", TransportKind.DockerArchive, "a.tar", "nginx:1.25")]
    public void A_file_reference_is_taken_apart(string text, TransportKind transport, string path, string? tag)
    {
        ImageReference reference = ImageReference.Parse(text);

        Assert.Equal(transport, reference.Transport);
        Assert.Equal(path, reference.Path);
        Assert.Equal(tag, reference.Tag);
        Assert.Null(reference.Digest);
        Assert.Null(reference.Registry);
        Assert.Null(reference.Repository);
        Assert.Null(reference.ApiHost);
        Assert.Equal(text, reference.ToString());
        Assert.Equal(text, reference.FamiliarName);
        Assert.Equal(reference, ImageReference.Parse(reference.ToString()));
    }

    [Theory]
    [InlineData("oci:dir@sha256:" + Hex, "dir", null)]
    [InlineData("oci:dir:1.0@sha256:" + Hex, "dir", "1.0")]
    [InlineData(@"oci:C:\a@b@sha256:" + Hex, @"C:\a@b", null)]
    [InlineData("oci-archive:a.tar@sha512:" + Hex + Hex, "a.tar", null)]
    public void A_file_reference_may_be_pinned(string text, string path, string? tag)
    {
        ImageReference reference = ImageReference.Parse(text);

        Assert.Equal(path, reference.Path);
        Assert.Equal(tag, reference.Tag);
        Assert.NotNull(reference.Digest);
        Assert.Equal(text, reference.ToString());
    }

    [Theory]
    [InlineData("docker.io/library/nginx", "nginx:latest")]
    [InlineData("docker.io/owner/app:1", "owner/app:1")]
    [InlineData("docker.io/library/foo/bar", "library/foo/bar:latest")]
    [InlineData("ghcr.io/library/nginx", "ghcr.io/library/nginx:latest")]
    [InlineData("nginx@sha256:" + Hex, "nginx@sha256:" + Hex)]
    public void People_see_the_familiar_name(string text, string familiar) =>
        Assert.Equal(familiar, ImageReference.Parse(text).FamiliarName);

    [Theory]
    [InlineData("nginx", "nginx")]
    [InlineData("ghcr.io/owner/my.app:1", "my.app")]
    [InlineData("oci:out/nginx", "nginx")]
    [InlineData("oci:out/nginx/", "nginx")]
    [InlineData(@"oci:C:\out\nginx:1", "nginx")]
    [InlineData("oci-archive:out/nginx.tar", "nginx")]
    [InlineData("docker-archive:nginx.tar:x", "nginx")]
    [InlineData("oci:.", "image")]
    [InlineData("oci:../..", "image")]
    [InlineData(@"oci:C:\", "image")]
    [InlineData("oci:/", "image")]
    public void The_default_name_is_the_last_part(string text, string expected) =>
        Assert.Equal(expected, ImageReference.Parse(text).DefaultName);

    [Theory]
    [InlineData("nginx", "registry-1.docker.io")]
    [InlineData("index.docker.io/nginx", "registry-1.docker.io")]
    [InlineData("ghcr.io/a/b", "ghcr.io")]
    [InlineData("[::1]:5000/a", "[::1]:5000")]
    public void Docker_Hub_answers_on_a_host_of_its_own(string text, string expected) =>
        Assert.Equal(expected, ImageReference.Parse(text).ApiHost);

    [Theory]
    [InlineData("localhost/a", true)]
    [InlineData("localhost:5000/a", true)]
    [InlineData("127.0.0.1/a", true)]
    [InlineData("127.9.8.7:80/a", true)]
    [InlineData("[::1]/a", true)]
    [InlineData("[::1]:5000/a", true)]
    [InlineData("[::2]:5000/a", false)]
    [InlineData("128.0.0.1/a", false)]
    [InlineData("127.example.com/a", false)]
    [InlineData("localhost.example.com/a", false)]
    [InlineData("nginx", false)]
    [InlineData("oci:localhost", false)]
    public void Loopback_hosts_are_recognised(string text, bool expected) =>
        Assert.Equal(expected, ImageReference.Parse(text).IsLoopback);

    [Theory]
    [InlineData("nginx", true)]
    [InlineData("docker://ghcr.io/owner/app", true)]
    [InlineData("nginx:latest", false)]
    [InlineData("nginx@sha256:" + Hex, false)]
    [InlineData("oci:dir", false)]
    public void A_tag_that_was_not_written_is_implied_but_equal(string text, bool expected)
    {
        ImageReference reference = ImageReference.Parse(text);

        Assert.Equal(expected, reference.IsTagImplied);
        Assert.Equal(reference, ImageReference.Parse(reference.ToString()));
        Assert.False(reference.WithTag("1").IsTagImplied);
    }

    [Fact]
    public void A_tag_replaces_tag_and_digest()
    {
        ImageReference pinned = ImageReference.Parse("nginx:1@sha256:" + Hex);

        Assert.Equal(ImageReference.Parse("nginx:2"), pinned.WithTag("2"));
        Assert.Throws<ArgumentException>(() => pinned.WithTag("not a tag"));
    }

    [Fact]
    public void A_digest_is_added_to_the_tag()
    {
        Digest digest = Digest.Parse("sha256:" + Hex);

        Assert.Equal(ImageReference.Parse("nginx:1@sha256:" + Hex), ImageReference.Parse("nginx:1").WithDigest(digest));
        Assert.Equal(
            ImageReference.Parse("docker-archive:a.tar@sha256:" + Hex),
            ImageReference.Parse("docker-archive:a.tar").WithDigest(digest));
    }

    [Fact]
    public void A_place_has_neither_tag_nor_digest()
    {
        ImageReference place = ImageReference.Parse("nginx:1@sha256:" + Hex).WithoutName();

        Assert.Equal(ImageReference.ForRegistry("docker.io", "library/nginx"), place);
        Assert.Null(place.Tag);
        Assert.Null(place.Digest);
        Assert.Equal("docker.io/library/nginx", place.ToString());
    }

    [Fact]
    public void A_layout_takes_names_that_are_no_tags()
    {
        ImageReference layout = ImageReference.ForLayout("/srv/a:b");

        Assert.Equal("a b+c", layout.WithTag("a b+c").Tag);
        Assert.True(layout.Accepts("a/b:c"));
        Assert.False(layout.Accepts("\u001b[31m"));
        Assert.False(layout.Accepts(""));
        Assert.False(ImageReference.Parse("nginx").Accepts("a/b:c"));
        Assert.Throws<ArgumentException>(() => layout.WithTag("/a"));
        Assert.Throws<ArgumentException>(() => ImageReference.ForLayout(""));
    }

    [Theory]
    [InlineData("docker.io", "nginx", "docker.io/library/nginx")]
    [InlineData("index.docker.io", "owner/app", "docker.io/owner/app")]
    [InlineData("GHCR.io", "owner/app", "ghcr.io/owner/app")]
    public void Parts_are_normalised_as_text_is(string registry, string repository, string expected) =>
        Assert.Equal(expected, ImageReference.ForRegistry(registry, repository).ToString());

    [Theory]
    [InlineData("ghcr", "a", null)]
    [InlineData("ghcr.io/a", "a", null)]
    [InlineData("ghcr.io", "A", null)]
    [InlineData("ghcr.io", "", null)]
    [InlineData("ghcr.io", "a:b", null)]
    [InlineData("ghcr.io", "a", "b c")]
    public void Parts_that_break_the_grammar_are_refused(string registry, string repository, string? tag) =>
        Assert.Throws<ArgumentException>(() => ImageReference.ForRegistry(registry, repository, tag));

    [Theory]
    [InlineData("nginx:1", "nginx:2")]
    [InlineData("nginx", "ghcr.io/library/nginx")]
    [InlineData("nginx", "nginx@sha256:" + Hex)]
    [InlineData("oci:a", "oci:a:latest")]
    [InlineData("oci:a", "oci-archive:a")]
    public void Every_part_counts_for_equality(string one, string other)
    {
        Assert.NotEqual(ImageReference.Parse(one), ImageReference.Parse(other));
        Assert.False(ImageReference.Parse(one).Equals(null));
    }
}
