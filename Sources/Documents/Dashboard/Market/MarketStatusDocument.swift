public import Foundation

/// Whether the market data is there and new: the dashboard's status bar.
public struct MarketStatusDocument: Encodable, Sendable {
    /// One word for all of it.
    public enum Status: String, Sendable {
        case healthy, degraded, error
    }

    /// The state of one service.
    private struct Service: Encodable, Sendable {
        let status: String
        var lastActivity: NaiveTime?
        var interval: Int?

        enum CodingKeys: String, CodingKey {
            case status
            case lastActivity = "last_activity"
            case interval = "interval_seconds"
        }
    }

    private struct Services: Encodable, Sendable {
        let exchange, database, polling: Service

        enum CodingKeys: String, CodingKey {
            case exchange = "coinbase_api"
            case database, polling
        }
    }

    private struct Freshness: Encodable, Sendable {
        let isHealthy: Bool
        let updated: NaiveTime
        @OrNull var seconds: Double?

        enum CodingKeys: String, CodingKey {
            case isHealthy = "healthy"
            case updated = "last_update"
            case seconds = "seconds_since_update"
        }
    }

    private struct DataFreshness: Encodable, Sendable {
        let market: Freshness
        enum CodingKeys: String, CodingKey { case market = "market_data" }
    }

    let status: String
    let error: String?
    let timestamp: NaiveTime
    private let services: Services
    private let freshness: DataFreshness

    /// How often the dashboard polls, in seconds.
    private static let polling = 5
    /// The page takes an age of zero for no age.
    private static let leastSeconds = 0.001

    /// - Parameters:
    ///   - error: what is wrong, as a sentence; nil when all is well.
    ///   - updated: when the exchange was asked last; nil when the cache holds nothing.
    ///   - isFresh: whether prices are new enough to be believed.
    ///   - isDatabaseSound: whether the database can be read.
    public init(
        _ status: Status, error: String?, at now: Date, updated: Date?, isFresh: Bool, isDatabaseSound: Bool
    ) {
        self.status = status.rawValue
        self.error = error
        timestamp = NaiveTime(now)
        let exchange = isFresh ? Status.healthy : updated == nil ? .error : .degraded
        services = Services(
            exchange: Service(status: exchange.rawValue, lastActivity: NaiveTime(updated)),
            database: Service(status: (isDatabaseSound ? Status.healthy : .error).rawValue),
            polling: Service(status: "active", interval: Self.polling))
        let seconds = updated.map { (now.timeIntervalSince($0) * 1_000).rounded() / 1_000 }
        freshness = DataFreshness(
            market: Freshness(
                isHealthy: isFresh, updated: NaiveTime(updated), seconds: seconds.map { max(Self.leastSeconds, $0) }))
    }

    enum CodingKeys: String, CodingKey {
        case status, error, timestamp, services
        case freshness = "data_freshness"
    }
}
