import Synchronization

/// The logical clock by which Celery's monitors order events: it grows with everything sent and received.
package final class LamportClock: Sendable {
    private let count = Atomic<Int>(0)
    /// Beyond this a number from outside is taken for hostile: Python and JSON hold it exactly, and adding never
    /// overflows.
    private static let highest = 1 << 53

    /// Starts at 0.
    package init() {}

    /// The last number given.
    package var value: Int { count.load(ordering: .relaxed) }

    /// The number for something that is sent now.
    package func send() -> Int { count.add(1, ordering: .relaxed).newValue }

    /// Takes over the number of something received, and goes one further. A number that is negative or above 2^53
    /// counts as 0.
    package func receive(_ other: Int) {
        let other = (0...Self.highest).contains(other) ? other : 0
        var mine = value
        while true {
            let (exchanged, original) = count.weakCompareExchange(
                expected: mine, desired: max(mine, other) + 1, ordering: .relaxed)
            if exchanged { return }
            mine = original
        }
    }
}
