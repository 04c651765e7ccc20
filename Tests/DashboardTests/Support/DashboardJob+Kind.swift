import JobQueue

@testable import Dashboard

extension DashboardJob {
    /// The kind, and the queue, that the composition gives it.
    var name: String {
        switch self {
        case .cacheRefresh: "cache-refresh"
        case .evaluation: "evaluation"
        case .rebalance: "rebalance"
        }
    }
}
