import JobQueue
import Worker

/// Decides how the job of a message is settled, and what is written for Celery's clients in the same step.
struct TaskClosing: Sendable {
    let bridge: TaskBridge

    /// An attempt without an end of its own, such as one whose worker stops, is settled as any job.
    func close(_ attempt: EndedAttempt) -> ClosedAttempt {
        var closed = ClosedAttempt(attempt.settlement)
        guard let end = bridge.ended.take(attempt.job) else { return closed }
        let now = attempt.nowMilliseconds == 0 ? bridge.node.now() : attempt.nowMilliseconds
        func write(_ writes: [BridgeWrite]) { closed.writes = bridge.settlementWrites(writes, now: now) }
        switch end {
        case .unreadable(let fault):
            closed.settlement = .deadLetter(failure(fault.failure, attempt))
            write(bridge.planner(now).writes(for: fault))
            if let id = fault.id { bridge.node.failed(id, exception: fault.failure.repr, traceback: nil) }
        case .succeeded(let message, let value, let runtime):
            let planner = bridge.planner(now)
            let expansion = planner.expansion(of: message).map { [$0] } ?? []
            write(planner.writes(for: message, end: .succeeded(value), publishing: expansion))
            closed.rememberedArguments = Self.remembered(message)
            bridge.node.succeeded(
                message.id, runtime: runtime / .seconds(1), result: value.repr(atMost: TaskSummary.reprLimit))
        case .hadSucceeded(let message, let value):
            write(bridge.planner(now).writes(for: message, end: .succeeded(value)))
            closed.rememberedArguments = Self.remembered(message)
        case .failed(let message, let failure):
            closed.settlement = .deadLetter(self.failure(failure, attempt))
            fail(message, failure, write, now)
        case .stumbled(let message, let failure):
            if case .retry = closed.settlement {
                retry(message, failure, write, now)
                closed.writesIfCancelled = terminated(message, now)
            } else {
                fail(message, failure, write, now)
            }
        case .retries(let message, let failure, let wait):
            closed.settlement = .retry(at: now + wait, self.failure(failure, attempt))
            retry(message, failure, write, now)
            closed.writesIfCancelled = terminated(message, now)
        case .revoked(let message, let reason, let wasRunning):
            closed.settlement = reason == .expired ? .expire : .cancel
            write(bridge.planner(now).writes(for: message, end: .revoked(reason)))
            bridge.node.revoked(
                message.id, terminated: wasRunning, signal: wasRunning ? 15 : nil, expired: reason == .expired)
        case .waits(let until, let reason):
            closed.settlement = .postpone(until: until, because: reason)
        case .chord(let writes): write(writes)
        }
        return closed
    }

    private func fail(
        _ message: TaskMessage, _ failure: TaskFailure, _ write: ([BridgeWrite]) -> Void, _ now: Int64
    ) {
        write(bridge.planner(now).writes(for: message, end: .failed(failure)))
        bridge.node.failed(message.id, exception: failure.repr, traceback: failure.traceback(task: message.task))
    }

    private func retry(
        _ message: TaskMessage, _ failure: TaskFailure, _ write: ([BridgeWrite]) -> Void, _ now: Int64
    ) {
        write(bridge.planner(now).writes(for: message, end: .retried(failure)))
        bridge.node.retried(message.id, exception: failure.repr, traceback: failure.traceback(task: message.task))
    }

    /// For a job that was cancelled while its attempt ended.
    private func terminated(_ message: TaskMessage, _ now: Int64) -> SettlementWrites? {
        bridge.settlementWrites(bridge.planner(now).writes(for: message, end: .revoked(.terminated)), now: now)
    }

    private func failure(_ failure: TaskFailure, _ attempt: EndedAttempt) -> JobFailure {
        JobFailure(type: failure.type, message: failure.description, at: attempt.job.startedMilliseconds)
    }

    /// The arguments alone: the message has done its work.
    private static func remembered(_ message: TaskMessage) -> [UInt8] {
        guard let text = message.headers["argsrepr"]?.string, text.utf8.count <= 256 else { return Array("{}".utf8) }
        return Array(WireValue.object(WireObject([("args", .text(text))])).json.utf8)
    }
}
