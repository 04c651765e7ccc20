import JobQueue

/// Simulation time as a clock, for services that sleep.
struct VirtualClock: Clock {
    struct Instant: InstantProtocol {
        let milliseconds: Int64

        func advanced(by duration: Duration) -> Instant {
            Instant(milliseconds: milliseconds + duration.milliseconds)
        }
        func duration(to other: Instant) -> Duration { .milliseconds(other.milliseconds - milliseconds) }
        static func < (left: Instant, right: Instant) -> Bool { left.milliseconds < right.milliseconds }
    }

    let stage: SimulationScheduler
    /// The factor by which every sleep is longer.
    let tempo: Int64
    /// The tempo makes no sleep longer than this, ms.
    var longest = Int64.max
    /// Whether a sleep fails when its process has to shut down meanwhile.
    var endsOnStop = true

    var now: Instant { Instant(milliseconds: stage.elapsed) }
    var minimumResolution: Duration { .milliseconds(1) }

    func stretched(_ milliseconds: Int64) -> Int64 {
        let (product, overflows) = milliseconds.multipliedReportingOverflow(by: tempo)
        return max(milliseconds, min(overflows ? .max : product, longest))
    }

    /// - Throws: `CancellationError` when the task is cancelled, or its process has crashed.
    func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        let end = stage.elapsed + max(1, stretched(deadline.milliseconds - stage.elapsed))
        guard await stage.rest(until: end), !endsOnStop || stage.goesOn else { throw CancellationError() }
    }
}
