import Synchronization

/// Rates and time limits of tasks that control requests have set at this node. They end with the process, as in Celery.
package final class TaskLimits: Sendable {
    /// Time limits of one task.
    package struct Times: Sendable, Equatable {
        /// Seconds after which the task is told to end.
        package var soft: Double?
        /// Seconds after which it is ended.
        package var hard: Double?
    }

    private struct Bucket {
        var rate: TaskRate
        /// When the next start is due, unix ms with fraction.
        var next: Double
    }

    private struct State {
        var buckets: [String: Bucket] = [:]
        var times: [String: Times] = [:]
    }

    private let state = Mutex(State())
    private let hasRates = Atomic<Bool>(false)
    private let hasTimes = Atomic<Bool>(false)

    /// No limits.
    package init() {}

    /// Sets or, with a rate that is off, takes away the rate of a task.
    package func setRate(_ rate: TaskRate, of task: String) {
        state.withLock { state in
            state.buckets[task] = rate.isOff ? nil : Bucket(rate: rate, next: 0)
            hasRates.store(!state.buckets.isEmpty, ordering: .relaxed)
        }
    }

    /// The rate of a task, if one is set.
    package func rate(of task: String) -> TaskRate? {
        guard hasRates.load(ordering: .relaxed) else { return nil }
        return state.withLock { $0.buckets[task]?.rate }
    }

    /// Takes one start of a task.
    ///
    /// Celery's bucket holds one token: starts lie evenly apart.
    /// - Parameter now: unix ms.
    /// - Returns: nil when it may start now; else the milliseconds to wait before asking again, with nothing taken.
    package func wait(for task: String, now: Int64) -> Int? {
        guard hasRates.load(ordering: .relaxed) else { return nil }
        return state.withLock { state in
            guard var bucket = state.buckets[task] else { return nil }
            let gap = 1000 / bucket.rate.perSecond
            let now = Double(now)
            // A clock that went back does not hold the task up for longer than one gap.
            bucket.next = min(bucket.next, now + gap)
            if bucket.next > now { return Int(min((bucket.next - now).rounded(.up), 86_400_000)) }
            bucket.next = now + gap
            state.buckets[task] = bucket
            return nil
        }
    }

    /// Sets the time limits of a task; two nils take them away.
    package func setTimes(_ times: Times, of task: String) {
        state.withLock { state in
            state.times[task] = times == Times() ? nil : times
            hasTimes.store(!state.times.isEmpty, ordering: .relaxed)
        }
    }

    /// The time limits of a task, if some are set.
    package func times(of task: String) -> Times? {
        guard hasTimes.load(ordering: .relaxed) else { return nil }
        return state.withLock { $0.times[task] }
    }
}
