import Synchronization

/// A clock that stands still until a test moves it. Time is a `Duration` since the clock was made.
public final class ManualClock: Clock, Sendable {
    public struct Instant: InstantProtocol {
        public let offset: Duration

        public func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }
        public func duration(to other: Instant) -> Duration { other.offset - offset }
        public static func < (left: Instant, right: Instant) -> Bool { left.offset < right.offset }
    }

    private struct Sleeper {
        var deadline: Instant
        var continuation: CheckedContinuation<Bool, Never>
    }

    private struct State {
        var now = Instant(offset: .zero)
        var sleepers: [Int: Sleeper] = [:]
        var nextID = 0
        /// Tests that wait for a number of sleepers.
        var watchers: [(count: Int, id: Int, continuation: CheckedContinuation<Bool, Never>)] = []
    }

    private let state = Mutex(State())

    public init() {}

    public var now: Instant { state.withLock { $0.now } }
    public var minimumResolution: Duration { .nanoseconds(1) }
    /// Tasks that sleep on this clock now.
    public var sleeperCount: Int { state.withLock { $0.sleepers.count } }

    /// Sleeps until a test has moved the clock that far.
    /// - Throws: `CancellationError`.
    public func sleep(until deadline: Instant, tolerance: Duration? = nil) async throws {
        let id = newID()
        let woken = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                add(Sleeper(deadline: deadline, continuation: continuation), id: id)
                // Cancelled before it slept: the handler below found nobody.
                if Task.isCancelled { endSleep(id) }
            }
        } onCancel: {
            endSleep(id)
        }
        if !woken { throw CancellationError() }
    }

    /// Moves the clock and wakes everyone who is due, earliest first. Does not wait for what they do then.
    public func advance(by duration: Duration) {
        let due = state.withLock { state in
            state.now = state.now.advanced(by: duration)
            let due = state.sleepers.filter { $0.value.deadline <= state.now }
            for id in due.keys { state.sleepers[id] = nil }
            return due.sorted { ($0.value.deadline, $0.key) < ($1.value.deadline, $1.key) }.map(\.value)
        }
        for sleeper in due { sleeper.continuation.resume(returning: true) }
    }

    /// Waits until at least so many tasks sleep on this clock.
    /// - Parameter limit: real time at most.
    /// - Throws: `NeverHappened`; `CancellationError`.
    public func waitForSleepers(_ count: Int = 1, within limit: Duration = .seconds(5)) async throws {
        let id = newID()
        let timeout = Task {
            try await ContinuousClock().sleep(for: limit)
            endWatch(id)
        }
        defer { timeout.cancel() }
        let enough = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let already = state.withLock { state in
                    if state.sleepers.count >= count { return true }
                    state.watchers.append((count, id, continuation))
                    return false
                }
                if already { continuation.resume(returning: true) } else if Task.isCancelled { endWatch(id) }
            }
        } onCancel: {
            endWatch(id)
        }
        if enough { return }
        try Task.checkCancellation()
        throw NeverHappened(fact: "\(count) tasks sleep on the manual clock (\(sleeperCount) do)", limit: limit)
    }

    private func newID() -> Int {
        state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
    }

    private func add(_ sleeper: Sleeper, id: Int) {
        let (isDue, satisfied) = state.withLock { state in
            guard sleeper.deadline > state.now else { return (true, [CheckedContinuation<Bool, Never>]()) }
            state.sleepers[id] = sleeper
            let satisfied = state.watchers.filter { $0.count <= state.sleepers.count }.map(\.continuation)
            state.watchers.removeAll { $0.count <= state.sleepers.count }
            return (false, satisfied)
        }
        if isDue { sleeper.continuation.resume(returning: true) }
        for watcher in satisfied { watcher.resume(returning: true) }
    }

    private func endSleep(_ id: Int) {
        state.withLock { $0.sleepers.removeValue(forKey: id) }?.continuation.resume(returning: false)
    }

    private func endWatch(_ id: Int) {
        let watcher = state.withLock { state in
            let index = state.watchers.firstIndex { $0.id == id }
            return index.map { state.watchers.remove(at: $0).continuation }
        }
        watcher?.resume(returning: false)
    }
}
