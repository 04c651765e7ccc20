import Synchronization

/// The places in which a worker's jobs run: tasks that live on and take claimed jobs out of one line, so that a job
/// costs no task of its own.
///
/// Whoever takes a job and leaves others in line wakes one more slot, and only when that one has begun is the next one
/// woken. So as many are awake as there are threads for them, and a handler that waits for something leaves its thread
/// to the slot that was woken last. A slot whose attempt was told to stop ends with it, because its task is cancelled
/// for good; another takes its place.
final class WorkerSlots: Sendable {
    /// A claimed job in line.
    struct Item: Sendable {
        let attempt: Attempt
        let queue: ServedQueue
    }

    private struct State {
        var most: Int
        var line: [Item] = []
        /// Where the line begins; what is before was taken.
        var first = 0
        var sleeping: [CheckedContinuation<Void, Never>] = []
        /// One was woken and has not begun.
        var isWaking = false
        var isClosed = false

        var isEmpty: Bool { first == line.count }

        mutating func takeFirst() -> Item {
            defer {
                first += 1
                if isEmpty {
                    line.removeAll(keepingCapacity: true)
                    first = 0
                }
            }
            return line[first]
        }
    }

    /// How a slot is brought to life.
    private enum Wake {
        case resume(CheckedContinuation<Void, Never>)
        case start
        case nobody
    }

    private let state: Mutex<State>
    private let run: @Sendable (Item) async -> Void
    /// After so many jobs a slot asks the time, and lets others have its thread when it has had it for long.
    private static let turn = 32
    private static let longest = Duration.milliseconds(1)

    /// - Parameters:
    ///   - most: slots that stay when there is nothing to do. There may be more for a while, whose attempts are being
    ///     settled: the line is bounded by whoever fills it.
    ///   - run: runs an attempt to its end.
    init(most: Int, run: @escaping @Sendable (Item) async -> Void) {
        state = Mutex(State(most: most))
        self.run = run
    }

    /// Changes how many stay.
    func keep(atMost most: Int) { state.withLock { $0.most = most } }

    /// Puts claimed jobs in line.
    func put(_ items: [Item]) {
        let wake = state.withLock { state in
            state.line += items
            return next(&state)
        }
        carryOut(wake)
    }

    /// Ends the slots that have nothing to do, now and later. What is in line is run.
    func close() {
        let sleeping = state.withLock { state in
            defer { state.sleeping = [] }
            state.isClosed = true
            return state.sleeping
        }
        sleeping.forEach { $0.resume() }
    }

    private func next(_ state: inout State) -> Wake {
        guard !state.isEmpty, !state.isWaking else { return .nobody }
        state.isWaking = true
        return state.sleeping.popLast().map { .resume($0) } ?? .start
    }

    private func carryOut(_ wake: Wake) {
        switch wake {
        case .resume(let continuation): continuation.resume()
        case .start: start()
        case .nobody: break
        }
    }

    private func start() {
        let handle = Handle()
        // Of structured children none could be cancelled alone. Its attempts are waited for by whoever drains.
        handle.task = Task { await self.live(handle) }
    }

    private func live(_ handle: Handle) async {
        var (taken, isAwake) = (0, true)
        let cancel: @Sendable () -> Void = { handle.cancel() }
        var began = ContinuousClock.now
        while let item = await take(&isAwake) {
            item.attempt.started(cancel)
            await run(item)
            // Its task may have been cancelled.
            guard item.attempt.end() == nil else { return carryOut(state.withLock { next(&$0) }) }
            taken += 1
            guard taken.isMultiple(of: Self.turn), began.duration(to: .now) > Self.longest else { continue }
            await Task.yield()
            began = .now
        }
    }

    /// The next in line, once there is one.
    /// - Parameter isAwake: whether this slot was woken just now, and whoever wakes the next one waits for it.
    /// - Returns: nil when the slot is to end.
    private func take(_ isAwake: inout Bool) async -> Item? {
        while true {
            let wasWoken = isAwake
            isAwake = false
            let (item, wake, ends) = state.withLock { state -> (Item?, Wake, Bool) in
                if wasWoken { state.isWaking = false }
                guard !state.isEmpty else {
                    return (nil, .nobody, state.isClosed || state.sleeping.count >= state.most)
                }
                let item = state.takeFirst()
                return (item, next(&state), false)
            }
            carryOut(wake)
            if let item { return item }
            if ends { return nil }
            await sleep()
            isAwake = true
        }
    }

    private func sleep() async {
        await withCheckedContinuation { continuation in
            let staysAwake = state.withLock { state in
                // What has come since it looked woke nobody else if somebody was on the way.
                guard state.isEmpty, !state.isClosed else { return true }
                state.sleeping.append(continuation)
                return false
            }
            if staysAwake { continuation.resume() }
        }
    }

    /// The task of one slot, to be cancelled from elsewhere.
    private final class Handle: Sendable {
        private let state = Mutex<(task: Task<Void, Never>?, isCancelled: Bool)>((nil, false))

        var task: Task<Void, Never>? {
            get { state.withLock { $0.task } }
            set {
                let isCancelled = state.withLock { state in
                    state.task = newValue
                    return state.isCancelled
                }
                if isCancelled { newValue?.cancel() }
            }
        }

        func cancel() {
            let task = state.withLock { state in
                state.isCancelled = true
                return state.task
            }
            task?.cancel()
        }
    }
}
