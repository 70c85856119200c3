namespace OciTools.Cmdlets;

/// <summary>
/// Keeps the latest state of a transfer and hands out one progress bar at a time: the whole, then a part, in turns.
/// Whoever asks at an even pace therefore writes at that pace, however many parts move at once.
/// </summary>
/// <param name="activity">What is going on, for example <c>Save docker.io/library/nginx:latest</c>.</param>
/// <param name="time">The clock that speeds are measured with.</param>
internal sealed class ProgressBoard(string activity, TimeProvider time)
{
    // PowerShell tells bars apart by number. Most scripts use small ones; these begin with the letters OCI.
    private const int FirstActivityId = 0x4F43_4900;
    private const double Smoothing = 0.3;
    private const int MaximumSeconds = 30 * 24 * 60 * 60;

    private static int s_lastActivityId = FirstActivityId;

    private readonly Lock _lock = new();
    private readonly Dictionary<Digest, Part> _parts = [];
    private readonly int _activityId = Interlocked.Increment(ref s_lastActivityId);
    private bool _isShown;
    private bool _isPartNext;
    private long _lastBytes;
    private long _lastTime = time.GetTimestamp();
    private double _bytesPerSecond;

    /// <summary>Takes note of an event; safe on any thread.</summary>
    public void Add(TransferEvent value)
    {
        if (value.Descriptor is not { } descriptor)
            return;

        lock (_lock)
        {
            switch (value.Kind)
            {
                case TransferEventKind.Found:
                    PartOf(descriptor);
                    break;
                case TransferEventKind.Started or TransferEventKind.Advanced:
                    PartOf(descriptor).Move(value.Bytes);
                    break;
                case TransferEventKind.Resumed:
                    PartOf(descriptor).Move(value.Bytes);
                    // What was there already has not moved at any speed.
                    _lastBytes += value.Bytes;
                    break;
                case TransferEventKind.Completed or TransferEventKind.Skipped or TransferEventKind.Mounted:
                    PartOf(descriptor).Finish();
                    break;
            }
        }
    }

    /// <summary>The bar whose turn it is; null when nothing moves.</summary>
    public ProgressState? Next()
    {
        lock (_lock)
        {
            if (_parts.Count == 0)
                return null;

            bool isPartsTurn = _isPartNext;
            _isPartNext = !_isPartNext;
            return isPartsTurn && NextPart() is { } part ? Show(part) : ShowWhole();
        }
    }

    /// <summary>Ends every bar that was shown, parts first.</summary>
    public IReadOnlyList<ProgressState> Complete()
    {
        lock (_lock)
        {
            var ends = new List<ProgressState>();
            foreach (Part part in _parts.Values.Where(part => part.ActivityId != 0))
                ends.Add(End(part));
            if (_isShown)
                ends.Add(new ProgressState
                {
                    ActivityId = _activityId,
                    Activity = activity,
                    Status = DisplayFormat.FormatSize(_parts.Values.Sum(part => part.Bytes)),
                    IsCompleted = true,
                });
            _isShown = false;
            return ends;
        }
    }

    private Part PartOf(Descriptor descriptor)
    {
        if (!_parts.TryGetValue(descriptor.Digest, out Part? part))
            _parts.Add(descriptor.Digest, part = new Part(descriptor));
        return part;
    }

    // A bar that is over goes first, so that it does not stand there as if stuck; then the one not heard of for
    // longest.
    private Part? NextPart() => _parts.Values
        .Where(part => part.IsMoving || part.ActivityId != 0)
        .OrderBy(part => part.IsMoving)
        .ThenBy(part => part.LastTurn)
        .FirstOrDefault();

    private ProgressState Show(Part part)
    {
        if (!part.IsMoving)
            return End(part);

        if (part.ActivityId == 0)
            part.ActivityId = Interlocked.Increment(ref s_lastActivityId);
        part.LastTurn = time.GetTimestamp();
        return new ProgressState
        {
            ActivityId = part.ActivityId,
            ParentActivityId = _activityId,
            Activity = part.Descriptor.Digest.Short,
            Status = Fraction(part.Bytes, part.Descriptor.Size),
            PercentComplete = Percent(part.Bytes, part.Descriptor.Size),
        };
    }

    private ProgressState End(Part part)
    {
        var end = new ProgressState
        {
            ActivityId = part.ActivityId,
            ParentActivityId = _activityId,
            Activity = part.Descriptor.Digest.Short,
            Status = DisplayFormat.FormatSize(part.Bytes),
            IsCompleted = true,
        };
        part.ActivityId = 0;
        return end;
    }

    private ProgressState ShowWhole()
    {
        long bytes = _parts.Values.Sum(part => part.Bytes);
        long total = _parts.Values.Sum(part => part.Descriptor.Size);
        Measure(bytes);
        _isShown = true;
        return new ProgressState
        {
            ActivityId = _activityId,
            Activity = activity,
            Status = $"{Fraction(bytes, total)}, {DisplayFormat.FormatSize(_bytesPerSecond)}/s",
            PercentComplete = Percent(bytes, total),
            SecondsRemaining =
                _bytesPerSecond >= 1 ? (int)Math.Min((total - bytes) / _bytesPerSecond, MaximumSeconds) : -1,
        };
    }

    private void Measure(long bytes)
    {
        double seconds = time.GetElapsedTime(_lastTime).TotalSeconds;
        if (seconds <= 0)
            return;

        double current = (bytes - _lastBytes) / seconds;
        _bytesPerSecond = _lastBytes == 0 ? current : (_bytesPerSecond * (1 - Smoothing)) + (current * Smoothing);
        _lastBytes = bytes;
        _lastTime = time.GetTimestamp();
    }

    private static string Fraction(long part, long whole) =>
        $"{DisplayFormat.FormatSize(part)} of {DisplayFormat.FormatSize(whole)}";

    private static int Percent(long part, long whole) => whole > 0 ? (int)(100.0 * part / whole) : -1;

    /// <summary>One blob or document.</summary>
    private sealed class Part(Descriptor descriptor)
    {
        public Descriptor Descriptor { get; } = descriptor;

        public long Bytes { get; private set; }

        public bool IsMoving { get; private set; }

        /// <summary>The number of its bar; 0 while it has none.</summary>
        public int ActivityId { get; set; }

        public long LastTurn { get; set; }

        public void Move(long bytes)
        {
            IsMoving = true;
            Bytes = Math.Clamp(bytes, 0, Descriptor.Size);
        }

        public void Finish()
        {
            IsMoving = false;
            Bytes = Descriptor.Size;
        }
    }
}
