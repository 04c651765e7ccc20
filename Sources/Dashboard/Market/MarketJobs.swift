import Foundation
import JobQueue
import Trading

/// The jobs that a person starts from the dashboard's market pages.
struct MarketJobs: Sendable {
    private let enqueue: @Sendable (_ job: DashboardJob, _ arguments: String) async throws -> String

    /// Lengths of candles, in the words of the job's arguments.
    static let timeframes = ["1m", "5m", "15m", "1h", "4h", "1d"]

    private struct Arguments: Encodable {
        var what: String
        var product: String?
        var granularity: String?
        var record: Bool?
        var min_score: Double?
    }

    init(_ dependencies: DashboardDependencies) { enqueue = dependencies.enqueue }

    /// Fetches candles and keeps them in the ledger. - Returns: the job's id.
    func fetch(_ product: ProductID, timeframe: String) async throws -> String {
        try await start(Arguments(what: "candles", product: product.rawValue, granularity: timeframe, record: true))
    }

    /// Ranks the market. - Returns: the job's id.
    func scan() async throws -> String { try await start(Arguments(what: "market-scan")) }

    /// Tells of pairs with at least this score. - Returns: the job's id.
    func alert(from score: Double) async throws -> String {
        try await start(Arguments(what: "market-scan", min_score: score))
    }

    private func start(_ arguments: Arguments) async throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return try await enqueue(.cacheRefresh, String(decoding: try encoder.encode(arguments), as: UTF8.self))
    }
}
