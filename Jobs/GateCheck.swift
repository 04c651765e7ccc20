import JobQueue
import Logging
import Trading
import Worker

/// Asks the gate of orders about one job: whether a halt, a hold or the age of its decision speaks against its order.
struct GateCheck: Sendable {
    /// Why an order is not placed, with the sentence for people.
    struct Objection: Sendable, Equatable {
        let code: OrderObjection
        let sentence: String
    }

    private let dependencies: JobDependencies
    private let context: JobContext
    private let isBuy: Bool
    private let decidedAt: Int64

    init(_ payload: ExecutionJob.Payload, _ dependencies: JobDependencies, _ context: JobContext) {
        self.dependencies = dependencies
        self.context = context
        // Without a side the stricter rule applies; the planner refuses such a job.
        isBuy = payload.side != .sell
        // A decision is no younger than its job, whose time is that of Redis: the clock of the host that decided may
        // be ahead.
        let enqueued = context.job.envelope.enqueuedMilliseconds
        decidedAt = min(payload.decidedAtMilliseconds ?? enqueued, enqueued)
    }

    /// Before anything of the order is planned.
    /// - Throws: `JobStop.postpone` while orders of this side are halted or held.
    func beforePlanning() async throws -> Objection? {
        switch try await verdict() {
        case .open: return nil
        case .overtaken: return Self.overtaken
        case .halted(let sentence):
            throw try await JobStop.held(context, because: sentence, for: Self.haltMilliseconds)
        case .held(let sentence): throw try await held(sentence)
        }
    }

    /// Before an order that is written down is sent. An order that is halted here is never traded: its decision is from
    /// before the end of the halt.
    /// - Throws: `JobStop.postpone` while orders are held.
    func beforeSending() async throws -> Objection? {
        switch try await verdict() {
        case .open: return nil
        case .overtaken: return Self.overtaken
        case .halted(let sentence): return Objection(code: .halted, sentence: sentence)
        case .held(let sentence): throw try await held(sentence)
        }
    }

    private static let overtaken = Objection(
        code: .decidedBeforeResume, sentence: "it was decided before orders were resumed")

    private func verdict() async throws -> OrderGate.Verdict {
        try await OrderGateStore(broker: dependencies.broker).read().verdict(isBuy: isBuy, decidedAt: decidedAt)
    }

    /// A held job asks for the reconciliation that releases the hold, so that none waits for a schedule without one.
    private func held(_ sentence: String) async throws -> JobStop {
        do {
            try await dependencies.broker.enqueue(try ReconciliationRequest.job())
        } catch {
            context.logger.warning("the reconciliation that releases the hold was not enqueued: \(error)")
        }
        return try await JobStop.held(context, because: sentence, for: Self.releaseMilliseconds)
    }

    /// Each check takes a token, and no halt is shorter for it.
    private static let haltMilliseconds: Int64 = 30_000
    /// A hold is usually released within seconds.
    private static let releaseMilliseconds: Int64 = 5_000
}
