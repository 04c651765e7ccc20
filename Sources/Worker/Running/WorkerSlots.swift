import Synchronization

/// The slots of a worker: long-lived tasks that take claimed jobs out of one local queue, so that a job needs no task
/// of its own.
///
/// A slot that takes a job and leaves others queued wakes one more slot, and the next one is woken only after that one
/// has started. So only as many slots are awake as there are threads, and a handler that waits frees its thread for the
/// slot that was woken last. A slot whose attempt was stopped ends with it, because a cancelled task cannot run another
/// job; a new slot replaces it.
final class WorkerSlots: Sendable {
    /// A claimed job that waits for a slot.
    struct Item: Sendable {
        let attempt: Attempt
        let queue: ServedQueue
    }

    private struct State {
        var most: Int
        var line: [Item] = []
        /// The index of the next job in `line`; earlier ones were taken.
        var first = 0
        var sleeping: [CheckedContinuation<Void, Never>] = []
        /// A slot was woken and has not started yet.
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

    /// How the next slot is woken.
    private enum Wake {
        case resume(CheckedContinuation<Void, Never>)
        case start
        case nobody
    }

    private let state: Mutex<State>
    private let runtime: WorkerRuntime
    private let run: @Sendable (Item) async -> Void
    /// After so many jobs a slot checks the clock, and yields its thread when it has run for longer than `longest`.
    private static let turn = 32
    private static let longest = Duration.milliseconds(1)

    /// - Parameters:
    ///   - most: slots that stay when there are no jobs. More may exist for a while, while their attempts are being
    ///     settled; the fetching loop bounds the number of queued jobs.
    ///   - run: runs an attempt to its end.
    init(most: Int, runtime: WorkerRuntime, run: @escaping @Sendable (Item) async -> Void) {
        state = Mutex(State(most: most))
        self.runtime = runtime
        self.run = run
    }

    /// Changes how many slots stay without jobs.
    func keep(atMost most: Int) { state.withLock { $0.most = most } }

    /// Queues claimed jobs for the slots.
    func put(_ items: [Item]) {
        let wake = state.withLock { state in
            state.line += items
            return next(&state)
        }
        carryOut(wake)
    }

    /// Ends slots without a job, now and later. Queued jobs still run.
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
        // Unstructured, because a child of a task group cannot be cancelled alone. `WorkerService` waits for its
        // attempts when it drains.
        handle.task = Task(executorPreference: runtime.pool) { await self.live(handle) }
    }

    private func live(_ handle: Handle) async {
        var (taken, isAwake) = (0, true)
        let cancel: @Sendable () -> Void = { handle.cancel() }
        var began = runtime.now()
        while let item = await take(&isAwake) {
            item.attempt.started(cancel)
            await run(item)
            // Its task may have been cancelled.
            guard item.attempt.end() == nil else { return carryOut(state.withLock { next(&$0) }) }
            taken += 1
            guard taken.isMultiple(of: Self.turn), began.duration(to: runtime.now()) > Self.longest else { continue }
            await Task.yield()
            began = runtime.now()
        }
    }

    /// Waits for the next queued job.
    /// - Parameter isAwake: whether this slot was just woken; no other slot is woken until it has started.
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
                // A job queued since the check woke no other slot if one was still marked as waking.
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
