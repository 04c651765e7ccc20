import Synchronization

/// Task events between the tasks and `EventSender`, at most 10,000; beyond that the oldest are dropped.
///
/// Closed unless events are enabled and a monitor listens: then `append` is one load, and its argument is not made.
package final class TaskEventBuffer: Sendable {
    /// An event with its place in the order of the node's events.
    struct Entry: Sendable {
        let event: TaskEvent
        let clock: Int
        /// Unix ms.
        let at: Int64
    }

    private struct State {
        var isEnabled = false
        var isListening = false
        /// Until this time silence counts as somebody who is about to listen, unix ms.
        var assumedUntil: Int64 = 0
        var entries: [Entry] = []
        var first = 0
        var dropped = 0
    }

    /// Events kept.
    package static let limit = 10_000
    /// Milliseconds that a monitor is taken to listen after it has asked for events: it subscribes a moment later.
    static let assumption: Int64 = 4000

    private let clock: LamportClock
    private let now: @Sendable () -> Int64
    private let state = Mutex(State())
    private let isOpen = Atomic<Bool>(false)
    private let filled: AsyncStream<Void>.Continuation
    /// One element whenever events wait that did not before. One reader only.
    let wakeUps: AsyncStream<Void>

    init(clock: LamportClock, now: @escaping @Sendable () -> Int64) {
        self.clock = clock
        self.now = now
        (wakeUps, filled) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Whether monitors have asked for task events (`enable_events`).
    package var isEnabled: Bool { state.withLock { $0.isEnabled } }

    /// Sets it; `enable_events` and `disable_events` do.
    /// - Returns: whether that is a change.
    package func enable(_ isEnabled: Bool) -> Bool {
        state.withLock { state in
            let changed = state.isEnabled != isEnabled
            state.isEnabled = isEnabled
            if isEnabled { assume(&state) }
            if !isEnabled { drop(&state) }
            update(state)
            return changed
        }
    }

    /// A monitor announced itself (`heartbeat`).
    func assumeListener() {
        state.withLock { state in
            assume(&state)
            update(state)
        }
    }

    /// What Redis answered to a publication: how many received it.
    func heard(receivers: Int) {
        state.withLock { state in
            state.isListening = receivers > 0 || now() < state.assumedUntil
            if !state.isListening { drop(&state) }
            update(state)
        }
    }

    func append(_ event: @autoclosure () -> TaskEvent) {
        guard isOpen.load(ordering: .relaxed) else { return }
        let event = event()
        let wakes = state.withLock { state in
            // The clock is read under the lock, so that the order of the buffer is the order of the clock.
            state.entries.append(Entry(event: event, clock: clock.send(), at: now()))
            if state.entries.count - state.first > Self.limit {
                state.first += 1
                state.dropped += 1
            }
            if state.first > Self.limit { compact(&state) }
            return state.entries.count - state.first == 1
        }
        if wakes { filled.yield() }
    }

    /// Events that wait.
    var count: Int { state.withLock { $0.entries.count - $0.first } }

    /// The oldest events, which leave the buffer.
    func take(atMost limit: Int) -> [Entry] {
        state.withLock { state in
            let end = min(state.first + limit, state.entries.count)
            let taken = Array(state.entries[state.first..<end])
            state.first = end
            if state.first > Self.limit || state.first == state.entries.count { compact(&state) }
            return taken
        }
    }

    /// How many were dropped since the last call, because no one took them in time.
    func takeDropped() -> Int {
        state.withLock { state in
            defer { state.dropped = 0 }
            return state.dropped
        }
    }

    private func assume(_ state: inout State) {
        state.assumedUntil = now() + Self.assumption
        state.isListening = true
    }

    private func drop(_ state: inout State) {
        state.entries.removeAll()
        state.first = 0
    }

    private func compact(_ state: inout State) {
        state.entries.removeFirst(state.first)
        state.first = 0
    }

    private func update(_ state: borrowing State) {
        isOpen.store(state.isEnabled && state.isListening, ordering: .relaxed)
    }
}
