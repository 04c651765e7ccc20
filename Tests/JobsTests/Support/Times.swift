import Foundation
import Synchronization

/// A wall clock that a test moves.
final class WallClock: Sendable {
    private let seconds: Mutex<Double>

    init(_ seconds: Int) { self.seconds = Mutex(Double(seconds)) }

    var now: Date { Date(timeIntervalSince1970: seconds.withLock { $0 }) }
    var unixSeconds: Int { Int(now.timeIntervalSince1970) }

    func advance(_ seconds: Int) { self.seconds.withLock { $0 += Double(seconds) } }
}

/// A clock on which every sleep is over at once; it remembers how long the sleeps were.
final class HastyClock: Clock, Sendable {
    typealias Instant = ContinuousClock.Instant

    private let slept = Mutex<[Duration]>([])

    var now: Instant { .now }
    var minimumResolution: Duration { .nanoseconds(1) }
    var sleeps: [Duration] { slept.withLock { $0 } }

    func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        let length = Instant.now.duration(to: deadline)
        // What was asked for is a little more than what is left of it: tests compare whole milliseconds.
        let milliseconds = (length / .milliseconds(1)).rounded()
        slept.withLock { $0.append(.milliseconds(Int64(milliseconds))) }
        try Task.checkCancellation()
        await Task.yield()
    }
}
