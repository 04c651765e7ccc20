public import Foundation

/// How many products are tracked, and how new ones are found.
public struct PairStatisticsDocument: Encodable, Sendable {
    /// The product that was found last.
    public struct Discovery: Encodable, Sendable {
        let product, baseName: String
        let at: NaiveTime

        /// - Parameter at: nil for a time that cannot be read.
        public init(product: String, baseName: String, at: Date?) {
            self.product = product
            self.baseName = baseName
            self.at = NaiveTime(at)
        }

        enum CodingKeys: String, CodingKey {
            case product = "product_id"
            case baseName = "base_name"
            case at = "discovered_at"
        }
    }

    private struct Statistics: Encodable, Sendable {
        let all, inDollars, unprocessed, lastWeek: Int
        @OrNull var latest: Discovery?

        enum CodingKeys: String, CodingKey {
            case all = "total_pairs_tracked"
            case inDollars = "usd_pairs_tracked"
            case unprocessed = "unprocessed_new_pairs"
            case lastWeek = "pairs_discovered_last_7_days"
            case latest = "latest_discovery"
        }
    }

    private struct System: Encodable, Sendable {
        let isEnabled = true
        let frequency = "Every 2 hours"
        let threshold = "USD pairs only"
        let retention = "Indefinite"

        enum CodingKeys: String, CodingKey {
            case isEnabled = "detection_enabled"
            case frequency = "scan_frequency"
            case threshold = "alert_threshold"
            case retention = "retention_period"
        }
    }

    let success = true
    private let statistics: Statistics
    private let system = System()

    /// - Parameters:
    ///   - inDollars: quoted in USD.
    ///   - unprocessed: those that nobody has looked at.
    ///   - latest: nil for none.
    public init(all: Int, inDollars: Int, unprocessed: Int, lastWeek: Int, latest: Discovery?) {
        statistics = Statistics(
            all: all, inDollars: inDollars, unprocessed: unprocessed, lastWeek: lastWeek, latest: latest)
    }

    enum CodingKeys: String, CodingKey {
        case success
        case statistics = "stats"
        case system = "system_info"
    }
}
