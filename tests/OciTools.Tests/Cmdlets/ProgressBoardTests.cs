using OciTools.Cmdlets;

namespace OciTools.Tests.Cmdlets;

public class ProgressBoardTests
{
    private readonly ManualTime _time = new();

    [Fact]
    public void Nothing_is_shown_and_nothing_is_ended_before_something_moves()
    {
        var board = new ProgressBoard("Save x", _time);
        board.Add(Contents.Event(TransferEventKind.Decided, message: "x is y"));

        Assert.Null(board.Next());
        Assert.Empty(board.Complete());
    }

    [Fact]
    public void The_whole_and_the_parts_take_turns()
    {
        var board = new ProgressBoard("Save x", _time);
        Move(board, "a", 50, 100);
        Move(board, "b", 25, 100);

        ProgressState whole = Next(board);
        ProgressState first = Next(board);
        ProgressState wholeAgain = Next(board);
        ProgressState second = Next(board);

        Assert.Equal("Save x", whole.Activity);
        Assert.Equal(37, whole.PercentComplete);
        Assert.Equal(-1, whole.ParentActivityId);
        Assert.Equal(whole.ActivityId, wholeAgain.ActivityId);
        Assert.Equal("50 B of 100 B", first.Status);
        Assert.Equal("25 B of 100 B", second.Status);
        Assert.Equal([whole.ActivityId, whole.ActivityId], [first.ParentActivityId, second.ParentActivityId]);
        Assert.Equal(3, new HashSet<int> { whole.ActivityId, first.ActivityId, second.ActivityId }.Count);
    }

    [Fact]
    public void What_was_found_counts_into_the_whole_before_it_moves()
    {
        var board = new ProgressBoard("Save x", _time);
        board.Add(Contents.Event(TransferEventKind.Found, Contents.Blob("waiting", 300)));
        Move(board, "a", 100, 100);

        Assert.Equal(25, Next(board).PercentComplete);
        Assert.Equal("100 B of 100 B", Next(board).Status);
    }

    [Fact]
    public void A_part_that_is_over_ends_its_bar_before_others_move_on()
    {
        var board = new ProgressBoard("Save x", _time);
        Move(board, "a", 50, 100);
        Next(board);
        ProgressState shown = Next(board);
        Move(board, "b", 25, 100);
        board.Add(Contents.Event(TransferEventKind.Completed, Contents.Blob("a", 100), 100));
        Next(board);
        ProgressState ended = Next(board);
        Next(board);

        Assert.True(ended.IsCompleted);
        Assert.Equal(shown.ActivityId, ended.ActivityId);
        Assert.False(Next(board).IsCompleted);
    }

    [Fact]
    public void All_bars_that_were_shown_are_ended_once_parts_first()
    {
        var board = new ProgressBoard("Save x", _time);
        Move(board, "a", 50, 100);
        Move(board, "never shown", 50, 100);
        ProgressState whole = Next(board);
        ProgressState part = Next(board);

        IReadOnlyList<ProgressState> ends = board.Complete();

        Assert.Equal([part.ActivityId, whole.ActivityId], ends.Select(end => end.ActivityId));
        Assert.All(ends, end => Assert.True(end.IsCompleted));
        Assert.Empty(board.Complete());
    }

    [Fact]
    public void Speed_and_remaining_time_follow_the_clock()
    {
        var board = new ProgressBoard("Save x", _time);
        _time.Advance(TimeSpan.FromMilliseconds(1999));
        Move(board, "a", 2_000_000, 5_000_000);

        ProgressState whole = Next(board);

        Assert.Equal("2.0 MB of 5.0 MB, 1.0 MB/s", whole.Status);
        Assert.Equal(3, whole.SecondsRemaining);
        Assert.Equal(40, whole.PercentComplete);
    }

    [Fact]
    public void No_bar_passes_a_hundred_percent_whatever_the_events_say()
    {
        var board = new ProgressBoard("Save x", _time);
        Move(board, "a", long.MaxValue, 10);

        Assert.Equal(100, Next(board).PercentComplete);
        Assert.Equal(100, Next(board).PercentComplete);
    }

    [Fact]
    public void Boards_at_the_same_time_have_bars_of_their_own()
    {
        var one = new ProgressBoard("Save x", _time);
        var two = new ProgressBoard("Save x", _time);
        Move(one, "a", 1, 10);
        Move(two, "a", 1, 10);

        Assert.NotEqual(Next(one).ActivityId, Next(two).ActivityId);
        Assert.NotEqual(Next(one).ActivityId, Next(two).ActivityId);
    }

    private ProgressState Next(ProgressBoard board)
    {
        _time.Advance(TimeSpan.FromMilliseconds(1));
        ProgressState? state = board.Next();
        Assert.NotNull(state);
        return state;
    }

    private static void Move(ProgressBoard board, string name, long bytes, long size) =>
        board.Add(Contents.Event(TransferEventKind.Advanced, Contents.Blob(name, size), bytes));
}
