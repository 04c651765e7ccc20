import JobQueue
import Synchronization

/// Notices when a worker has done so much, or grown so large, that another should take its place.
final class RecycleWatch: Sendable {
    private let settled = Mutex(0)
    private let (reasons, signal) = AsyncStream.makeStream(of: String.self, bufferingPolicy: .bufferingOldest(1))

    /// Counts a job that was settled.
    func noteSettled(_ count: Int, by rules: WorkerRecycling) {
        let all = settled.withLock { settled in
            settled += count
            return settled
        }
        guard rules.jobs != nil, let reason = rules.reason(settled: all, residentBytes: 0) else { return }
        signal.yield(reason)
    }

    /// Looks at the memory of this process; called with each heartbeat.
    func noteMemory(by rules: WorkerRecycling) {
        guard rules.memoryBytes != nil else { return }
        let all = settled.withLock { $0 }
        guard let reason = rules.reason(settled: all, residentBytes: ProcessMemory.residentBytes()) else { return }
        signal.yield(reason)
    }

    /// Asks for another worker, for a reason of its own.
    func demand(_ reason: String) { signal.yield(reason) }

    /// Waits until the worker is due.
    /// - Returns: why; nil when the task was cancelled first.
    func due() async -> String? {
        for await reason in reasons { return reason }
        return nil
    }
}
