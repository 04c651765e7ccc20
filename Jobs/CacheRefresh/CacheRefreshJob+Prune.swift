import Foundation
import JobQueue
import Ledger
import Worker

extension CacheRefreshJob {
    /// Deletes rows of the ledger that are older than so many days; a run takes at most 200 000 of them.
    func prune(keepingDays days: Int) async throws -> JobOutput {
        let oldest = dependencies.now().addingTimeInterval(-Double(days) * 86_400)
        let deleted = try await dependencies.ledger.prune(olderThan: oldest)
        return JobOutput(result: ResultText.of(deleted.mapValues { "\($0)" }))
    }
}
