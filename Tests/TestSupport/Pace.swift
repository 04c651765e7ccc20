/// A rhythm, for tests whose subject is load or a fault that lasts: a beat of a producer, a kill every two seconds. Who
/// waits for a fact uses `eventually`.
public struct Pace<Rhythm: Clock>: Sendable where Rhythm.Duration == Duration {
    private let interval: Duration
    private let clock: Rhythm
    private var next: Rhythm.Instant

    public init(every interval: Duration, on clock: Rhythm) {
        self.interval = interval
        self.clock = clock
        next = clock.now.advanced(by: interval)
    }

    /// Waits for the next beat. Beats that were missed are not made up for.
    /// - Returns: false once the task is cancelled.
    public mutating func beat() async -> Bool {
        let now = clock.now
        if next > now { try? await clock.sleep(until: next, tolerance: nil) }
        next = max(next, now).advanced(by: interval)
        return !Task.isCancelled
    }
}

/// Lets a fault last, or less when the task is cancelled: what was broken has to be mended all the same.
public func hold(for length: Duration, on clock: some Clock<Duration>) async {
    try? await clock.sleep(for: length)
}
