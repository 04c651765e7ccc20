/// A rhythm in real time, for tests whose subject is load or a fault that lasts: a producer's beat, a stall of three
/// seconds. Whoever waits for a fact uses `eventually`.
public struct Pace: Sendable {
    private let interval: Duration
    private var next: ContinuousClock.Instant

    public init(every interval: Duration) {
        self.interval = interval
        next = .now + interval
    }

    /// Waits for the next beat. Beats that were missed are not made up for.
    /// - Returns: false once the task is cancelled.
    public mutating func beat() async -> Bool {
        let now = ContinuousClock.now
        if next > now { try? await ContinuousClock().sleep(until: next) }
        next = max(next, now) + interval
        return !Task.isCancelled
    }
}

/// Lets a fault last, or less when the task is cancelled: what was broken has to be mended all the same.
public func hold(for length: Duration) async {
    try? await ContinuousClock().sleep(for: length)
}
