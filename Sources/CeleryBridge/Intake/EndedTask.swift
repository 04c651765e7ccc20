import JobQueue
import Synchronization
import Worker

/// How a task ended, from its run to its settlement.
enum EndedTask: Sendable {
    /// The message cannot be run.
    case unreadable(MessageFault)
    /// It returned.
    case succeeded(TaskMessage, WireValue, runtime: Duration)
    /// It returned before, in a run whose message was delivered again; the stored result stays.
    case hadSucceeded(TaskMessage, WireValue)
    /// It failed for good.
    case failed(TaskMessage, TaskFailure)
    /// It failed; the native retry policy decides what becomes of it.
    case stumbled(TaskMessage, TaskFailure)
    /// It asks for another run.
    case retries(TaskMessage, TaskFailure, afterMilliseconds: Int64)
    /// It is not to run.
    case revoked(TaskMessage, RevokeReason, wasRunning: Bool)
    /// Not now: its time has not come, or its rate does not allow it. Unix ms.
    case waits(until: Int64, reason: String)
    /// The body of a chord whose members are done.
    case chord([BridgeWrite])
}

/// The ends of tasks between their run and their settlement.
final class EndedTasks: Sendable {
    private struct Claim: Hashable {
        let id: JobID
        let fence: Int64
    }

    private let ends = Mutex<[Claim: EndedTask]>([:])

    func put(_ end: EndedTask, of job: LeasedJob) {
        ends.withLock { $0[Claim(id: job.id, fence: job.fence)] = end }
    }

    func take(_ job: LeasedJob) -> EndedTask? {
        ends.withLock { $0.removeValue(forKey: Claim(id: job.id, fence: job.fence)) }
    }
}
