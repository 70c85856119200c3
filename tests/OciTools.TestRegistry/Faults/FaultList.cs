using Microsoft.AspNetCore.Http;

namespace OciTools.Testing;

/// <summary>The faults of a registry: the first that takes a request gets it.</summary>
public sealed class FaultList
{
    private readonly Lock _lock = new();
    private readonly List<Fault> _faults = [];

    /// <summary>Adds a fault and returns it.</summary>
    public Fault Add(Fault fault)
    {
        lock (_lock)
            _faults.Add(fault);
        return fault;
    }

    /// <summary>Removes all, and lets go what stalls.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            _faults.ForEach(fault => fault.Release());
            _faults.Clear();
        }
    }

    internal Fault? Take(HttpContext context)
    {
        lock (_lock)
            return _faults.Find(fault => fault.Takes(context));
    }
}
