import Foundation
import JobQueue
import Redis
import Worker

/// Runs one message: reads it, decides whether it runs now, and runs the task's body within its limits.
struct TaskRun: Sendable {
    let bridge: TaskBridge

    /// A native result above this many bytes is left out of the job's record; Celery's result has it.
    private static let rememberedBytes = 16_384

    /// The handler of every job of an intake. What becomes of the job is decided later, by its `EndedTask`.
    func run(_ context: JobContext) async throws -> JobOutput {
        let job = context.job
        if job.kind == CeleryKinds.chord { return try await ChordStart(bridge: bridge).run(context) }
        let message: TaskMessage
        do throws(MessageFault) {
            if let fault = Self.oversize(job.payload) { throw fault }
            message = try TaskMessage(raw: Self.element(job.payload), bounds: bridge.bounds)
        } catch {
            bridge.ended.put(.unreadable(error), of: job)
            throw error.failure
        }
        return try await run(message.retried(by: job.attempt - 1), context)
    }

    /// The list element that a job carries: its arguments, or the bytes behind a JSON string of Latin-1.
    static func element(_ payload: [UInt8]) -> [UInt8] {
        guard payload.first == UInt8(ascii: "\""), let text = try? WireValue.parse(payload).string else {
            return payload
        }
        return text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
    }

    /// What stands for a message that was too long to become a job.
    private static func oversize(_ payload: [UInt8]) -> MessageFault? {
        guard payload.count < 4_096, let object = try? WireValue.parse(payload).object,
            let size = object["oversize"]?.int
        else { return nil }
        let key = object["key"]?.string ?? ""
        return MessageFault(
            .contentDisallowed,
            "The message has \(size) bytes, and at most \(MessageSource.longestMessage) are taken. Send a reference "
                + "instead of the value. Redis keeps the message under \(key) for a week.",
            id: object["id"]?.string)
    }

    private func run(_ message: TaskMessage, _ context: JobContext) async throws -> JobOutput {
        let (job, node) = (context.job, bridge.node)
        let now = try await context.now()
        if job.envelope.events.isEmpty, !job.hasBegunBefore { node.received(message.summary) }
        func end(_ ended: EndedTask) { bridge.ended.put(ended, of: job) }
        if node.revoked.contains(message.id, stamps: message.stampValues, now: now) {
            end(.revoked(message, .revoked, wasRunning: false))
            return JobOutput()
        }
        if let expires = message.expires, now >= expires {
            end(.revoked(message, .expired, wasRunning: false))
            return JobOutput()
        }
        if let eta = message.eta, eta > now, job.attempt == 1 {
            end(.waits(until: eta, reason: "it is not due before its eta"))
            return JobOutput()
        }
        if let wait = node.limits.wait(for: message.task, now: now) {
            end(.waits(until: now + Int64(wait), reason: "the rate limit of \(message.task) holds it"))
            return JobOutput()
        }
        guard let body = bridge.rules.tasks[message.task] else {
            let failure = TaskFailure("NotRegistered", module: "celery.exceptions", [.text(message.task)])
            end(.failed(message, failure))
            throw failure
        }
        if message.redelivered, let value = try await bridge.storedSuccess(of: message.id) {
            end(.hadSucceeded(message, value))
            return JobOutput()
        }
        try await begin(message, job.queue)
        return try await run(body, message, context)
    }

    private func begin(_ message: TaskMessage, _ queue: QueueName) async throws {
        bridge.node.started(message.summary)
        guard bridge.rules.place.tracksStarted else { return }
        let now = bridge.node.now()
        try await bridge.make(bridge.planner(now).writes(for: message, end: .started), now: now, queue: queue)
    }

    private func run(
        _ body: @escaping TaskTable.Body, _ message: TaskMessage, _ context: JobContext
    ) async throws -> JobOutput {
        let job = context.job
        let began = ContinuousClock.now
        let call = TaskCall(
            task: message.task, id: message.id, args: message.args, kwargs: message.kwargs, retries: message.retries,
            context: context)
        let limits = TimeLimits(of: message, at: bridge.node)
        do {
            let result = try await limits.run(call, body)
            bridge.ended.put(.succeeded(message, result.value, runtime: began.duration(to: .now)), of: job)
            var output = result.output
            let text = result.value.json
            output.result = text.utf8.count > Self.rememberedBytes ? "" : text
            return output
        } catch {
            if let end = end(of: message, limits, after: error, context) { bridge.ended.put(end, of: job) }
            throw error
        }
    }

    /// Nil when the run ends without a result: its worker stops, lost its lease, or postpones the job.
    private func end(
        of message: TaskMessage, _ limits: TimeLimits, after error: any Error, _ context: JobContext
    ) -> EndedTask? {
        switch context.stopReason {
        case .cancelRequested: return .revoked(message, .terminated, wasRunning: true)
        case .timedOut: return .failed(message, limits.hardFailure)
        case .leaseLost, .shutdown: return nil
        case nil: break
        }
        switch error {
        case let failure as TaskFailure: return .failed(message, failure)
        case let retry as TaskRetry:
            let wait = min(max(retry.countdown, 0) * 1_000, 31_536_000_000)
            return .retries(message, retry.failure, afterMilliseconds: Int64(wait))
        case JobStop.postpone: return nil
        case JobStop.refuse(let type, let text):
            return .failed(message, TaskFailure(Self.className(type), module: "flotilla.exceptions", [.text(text)]))
        case JobQueueError.leaseLost: return nil
        default:
            let name = "\(type(of: error))"
            return .stumbled(
                message, TaskFailure(name, module: "flotilla.exceptions", [.text("\(error)")]))
        }
    }

    /// `bad-arguments` as a class name: `BadArguments`.
    private static func className(_ type: String) -> String {
        let words = type.split { !$0.isLetter && !$0.isNumber }.map { $0.prefix(1).uppercased() + $0.dropFirst() }
        return words.isEmpty ? "JobRefused" : words.joined()
    }
}

extension TaskMessage {
    /// The same message after more attempts of its job.
    fileprivate func retried(by attempts: Int) -> TaskMessage {
        guard attempts > 0 else { return self }
        var message = self
        message.retries += attempts
        return message
    }
}
