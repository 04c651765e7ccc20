import Documents
import Foundation
import JobQueue
import Ledger
import Logging

/// What has gone wrong lately: errors of bots and jobs that the ledger keeps, and jobs that are dead at present.
struct ActiveErrors: Sendable {
    let ledger: Ledger
    let broker: Broker
    let logger: Logger

    init(_ dependencies: DashboardDependencies) {
        ledger = dependencies.ledger
        broker = dependencies.broker
        logger = dependencies.logger
    }

    /// So many at most, as many as the old backend kept.
    static let limit = 100
    private static let deadPerQueue = 50

    /// The newest first. When Redis does not answer, dead jobs are missing, and the log says so.
    func all(since: Date) async throws(LedgerError) -> [ReportedError] {
        let reported = try await ledger.reportedErrors(since: since, limit: Self.limit)
        let dead = try await deadJobs().filter { ($0.at ?? .distantFuture) >= since }
        // One that was dismissed stands in the ledger.
        let known = Set(reported.map(\.id))
        return Array((reported + dead.filter { !known.contains($0.id) }).newestFirst().prefix(Self.limit))
    }

    /// Dismisses an error; a dead job stays dead.
    /// - Returns: the error; nil when there is none of this id.
    func resolve(_ id: String) async throws(LedgerError) -> ReportedError? {
        if let error = try await ledger.resolveError(id) { return error }
        guard let dead = try await deadJobs().first(where: { $0.id == id }) else { return nil }
        try await ledger.resolve(dead)
        return dead
    }

    // MARK: Dead jobs

    private func deadJobs() async throws(LedgerError) -> [ReportedError] {
        let jobs: [StoredJob]
        do throws(JobQueueError) {
            let inspector = QueueInspector(broker: broker)
            var found: [StoredJob] = []
            for queue in try await inspector.queues() {
                found += try await inspector.jobs(in: queue, state: .dead, limit: Self.deadPerQueue)
            }
            jobs = found
        } catch {
            logger.warning("dead jobs are missing among the errors: \(error)")
            return []
        }
        guard !jobs.isEmpty else { return [] }
        let names = Dictionary(try await ledger.keptBots().map { ($0.id, $0.name) }, uniquingKeysWith: { $1 })
        let errors = jobs.map { error(of: $0, names) }
        let resolved = try await ledger.resolvedErrors(among: errors.map(\.id))
        return errors.map { error in
            var error = error
            error.isResolved = resolved.contains(error.id)
            return error
        }
    }

    private func error(of job: StoredJob, _ names: [Int: String]) -> ReportedError {
        let failure = job.failure
        let died = failure?.at ?? job.envelope.finishedMilliseconds ?? job.envelope.enqueuedMilliseconds
        let at = Date(timeIntervalSince1970: Double(died) / 1_000)
        let bot = Self.bot(of: job.envelope.payload)
        return ReportedError(
            id: Self.id("\(job.queue):\(job.id)", at), botID: bot, botName: bot.flatMap { names[$0] },
            type: failure?.type ?? "dead-job",
            message:
                "Job \(job.id) of kind '\(job.envelope.kind)' is dead: \(failure?.message ?? "no reason is kept.")",
            at: at,
            context: SpacedJSON.text(
                of: .object([
                    "job_id": .text(job.id.description), "kind": .text(job.envelope.kind.description),
                    "queue": .text(job.queue.description), "attempts": .integer(job.envelope.attempts),
                ])))
    }

    /// Fit for a path: other characters of a job's id become a dash.
    private static func id(_ job: String, _ at: Date) -> String {
        let name = job.map { $0.isLetter || $0.isNumber || ":.-".contains($0) ? $0 : "-" }
        return "\(NaiveTime.text(at))_\(String(name))"
    }

    private static func bot(of payload: [UInt8]) -> Int? {
        guard case .object(let members)? = try? JSONDecoder().decode(JSONValue.self, from: Data(payload)),
            case .integer(let bot)? = members["bot_id"]
        else { return nil }
        return bot
    }
}
