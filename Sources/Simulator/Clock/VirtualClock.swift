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

    var now: Instant { Instant(milliseconds: stage.elapsed) }
    var minimumResolution: Duration { .milliseconds(1) }

    /// - Throws: `CancellationError` when the process has to end or has crashed.
    func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        guard await stage.sleep(for: (deadline.milliseconds - stage.elapsed) * tempo) else { throw CancellationError() }
    }
}
