using System.Management.Automation;
using System.Net;
using OciTools.Cmdlets;

namespace OciTools.Tests.Cmdlets;

public class ErrorMapTests
{
    public static TheoryData<OciErrorCode> Codes => [.. Enum.GetValues<OciErrorCode>()];

    [Theory]
    [MemberData(nameof(Codes))]
    public void Every_code_has_an_id_and_a_category(OciErrorCode code)
    {
        ErrorDescription error = ErrorMap.Describe(new OciException(code, "What. Do."), "target");

        Assert.Equal($"Oci{code}", error.Id);
        Assert.NotEqual(ErrorCategory.NotSpecified, error.Category);
        Assert.Equal("What. Do.", error.Message);
    }

    [Fact]
    public void The_exceptions_own_target_counts_more_than_the_item()
    {
        Assert.Equal("own", ErrorMap.Describe(new OciException(OciErrorCode.WriteFailed, "x", "own"), "item").Target);
        Assert.Equal("item", ErrorMap.Describe(new OciException(OciErrorCode.WriteFailed, "x"), "item").Target);
    }

    [Fact]
    public void The_registrys_words_follow_the_message_once()
    {
        RegistryError denied = new("DENIED", "no push for you");
        ErrorDescription added = ErrorMap.Describe(Refused("The registry refuses."), null);
        ErrorDescription told = ErrorMap.Describe(Refused($"The registry refuses ({denied})."), null);

        Assert.Equal("The registry refuses. The registry says: DENIED: no push for you.", added.Message);
        Assert.Equal("The registry refuses (DENIED: no push for you).", told.Message);

        RegistryException Refused(string message) =>
            new(OciErrorCode.AccessDenied, message, HttpStatusCode.Forbidden, [denied]);
    }

    [Fact]
    public void A_single_aggregated_exception_is_unwrapped()
    {
        var inner = new OciException(OciErrorCode.RateLimited, "x");
        Assert.Equal("OciRateLimited", ErrorMap.Describe(new AggregateException(inner), null).Id);
    }

    [Fact]
    public void Mistakes_of_the_caller_do_not_speak_of_the_cores_parameters()
    {
        ErrorDescription error = ErrorMap.Describe(new ArgumentException("Two are too many.", "request"), null);

        Assert.Equal("OciArgumentInvalid", error.Id);
        Assert.Equal(ErrorCategory.InvalidArgument, error.Category);
        Assert.Equal("Two are too many.", error.Message);
    }

    [Fact]
    public void What_nobody_foresaw_is_shown_without_control_characters()
    {
        ErrorDescription error = ErrorMap.Describe(new InvalidTimeZoneException("\u001b[31mred"), "item");

        Assert.Equal("OciUnexpectedError", error.Id);
        Assert.Equal("?[31mred", error.Message);
    }
}
