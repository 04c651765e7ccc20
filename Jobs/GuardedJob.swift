import Foundation
import JobQueue
import Ledger
import Logging
import Trading
import Worker

/// A job that runs only where the clock and the ledger can be trusted. Elsewhere it is postponed with the reason, and
/// no attempt is spent.
struct GuardedJob<Wrapped: Job>: Job {
    private let job: Wrapped
    private let dependencies: JobDependencies
    /// Whether it writes to the ledger or decides on its data, beyond reading the names of products.
    private let usesLedger: Bool

    static var payloadVersion: Int { Wrapped.payloadVersion }
    static var retry: RetryPolicy? { Wrapped.retry }
    static var arguments: ArgumentRules? { Wrapped.arguments }

    init(_ job: Wrapped, _ dependencies: JobDependencies, usesLedger: Bool = true) {
        self.job = job
        self.dependencies = dependencies
        self.usesLedger = usesLedger
    }

    func run(_ payload: Wrapped.Payload, in context: JobContext) async throws -> JobOutput {
        if let reason = try await dependencies.hostClock?.trouble() {
            throw try await JobStop.held(context, because: reason)
        }
        if usesLedger, let trouble = await dependencies.ledger.fileTrouble() {
            throw try await JobStop.held(context, because: "\(trouble)")
        }
        do {
            if let payload = payload as? any ConcernsBot { try await mendTimes(payload.botID, context) }
            return try await job.run(payload, in: context)
        } catch let error as LedgerError {
            // The error of a write may have another cause: the tables were changed, or the file was moved.
            let waits = error.holdsOrders || error.mayPass
            let trouble = waits ? error : await dependencies.ledger.trouble()
            guard let trouble, error != .cancelled else { throw error }
            throw try await JobStop.held(context, because: "\(trouble)")
        } catch let error as TradingError {
            // A number that no order can use is the same at the next attempt.
            throw JobStop.refuse(type: "unusable-number", message: "\(error)")
        }
    }

    /// Corrects, once, times in the bot's rows that a clock that was ahead has written: they become now.
    private func mendTimes(_ bot: Int?, _ context: JobContext) async throws {
        for line in try await dependencies.ledger.mendFutureTimes(ofBot: bot, at: dependencies.now()) {
            context.logger.warning("\(line)")
        }
    }
}

/// Arguments that may name a bot; the job decides on the bot's rows.
protocol ConcernsBot {
    var botID: Int? { get }
}

extension EvaluationJob.Payload: ConcernsBot {}
extension ExecutionJob.Payload: ConcernsBot {}

extension JobStop {
    /// The ledger knows a later claim than this one. A claim that was lost settles nothing; one that is held is that of
    /// a Redis which has lost its data, and counts claims from one again: the job is dead then instead of running for
    /// ever.
    static func fenced(by stored: Int64) -> JobStop {
        .refuse(
            type: "fenced",
            message: "The ledger knows a later claim of this job, \(stored): Redis has lost its data since, or the "
                + "database is another's. Look what the job did ('flotilla jobs show'), and enqueue it under a new id "
                + "if it is still wanted.")
    }

    /// How often a held job checks again, in milliseconds: rarely, because each check may take a token, and often
    /// enough for an operator that has just fixed the cause.
    static let holdMilliseconds: Int64 = 15_000

    /// Postpones a job that may not place an order at present; not beyond its expiry, so that it expires as any other.
    /// - Parameter wait: how long until the job checks again, in milliseconds.
    static func held(
        _ context: JobContext, because reason: String, for wait: Int64 = holdMilliseconds
    ) async throws -> JobStop {
        var wait = wait
        if let limit = context.options.freshUntilMilliseconds {
            wait = min(wait, max(1, limit + 1 - (try await context.now())))
        }
        return .postpone(milliseconds: wait, reason: reason)
    }
}
