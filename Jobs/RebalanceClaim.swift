import Foundation
import JobQueue
import Ledger

/// The turn of one rebalance: while it lasts no other begins. It ends when all of its jobs have finished and the state
/// of all its orders is known, even when workers die meanwhile.
struct RebalanceClaim: Sendable {
    let dependencies: JobDependencies
    /// The id of the rebalance: the job that began it.
    let id: String
    /// The calling job.
    let job: String

    /// The job that buys after the sells of a rebalance.
    static func followUp(of rebalance: JobID) throws(JobQueueError) -> JobID { try rebalance.child("buys") }

    /// Takes the turn, also from another rebalance that has ended.
    func take(fence: Int64) async throws -> RebalanceTurn {
        let turn = try await dependencies.ledger.rebalanceTurn(id, job: job, fence: fence)
        guard case .taken(let open) = turn, try await unfinished(open).isEmpty else { return turn }
        return try await dependencies.ledger.rebalanceTurn(id, job: job, closing: open.id, fence: fence)
    }

    /// Why another rebalance has not ended.
    func sentence(about open: OpenRebalance) async throws -> String {
        let waiting = try await unfinished(open)
        let shown = waiting.prefix(5).joined(separator: ", ")
        let rest = waiting.count > 5 ? ", and \(waiting.count - 5) more" : ""
        return "Rebalance \(open.id) is not over: \(shown)\(rest). The next one begins when it is; "
            + "'flotilla jobs show ID' tells what a job waits for."
    }

    /// The unfinished parts of a rebalance, each in a few words.
    private func unfinished(_ open: OpenRebalance) async throws -> [String] {
        let inspector = QueueInspector(broker: dependencies.broker)
        var waiting: [String] = []
        let jobs = [open.id, try Self.followUp(of: try JobID(open.id)).description] + open.orderJobs
        for name in jobs {
            // A job without a record has finished: only records of finished jobs are removed.
            guard let job = try await inspector.job(try JobID(name)), !job.state.isFinal else { continue }
            waiting.append("\(name) is \(job.state.rawValue)")
        }
        for name in open.undecidedJobs where !waiting.contains(where: { $0.hasPrefix(name + " ") }) {
            waiting.append("the fate of the order of \(name) is not known")
        }
        return waiting
    }
}
