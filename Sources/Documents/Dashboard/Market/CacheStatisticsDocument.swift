public import Foundation

/// How well the cache of market data serves.
public struct CacheStatisticsDocument: Encodable, Sendable {
    private struct Performance: Encodable, Sendable {
        let hitPercent: Double
        let reads, hits, misses, size: Int
        let status: String

        enum CodingKeys: String, CodingKey {
            case hitPercent = "cache_hit_rate"
            case reads = "total_requests"
            case hits = "cache_hits"
            case misses = "cache_misses"
            case size = "cache_size"
            case status
        }
    }

    private struct Service: Encodable, Sendable {
        let service = "MarketDataService"
        let version = "Phase 7"
        let isConnected: Bool
        let updated: Double

        enum CodingKeys: String, CodingKey {
            case service, version
            case isConnected = "redis_connected"
            case updated = "last_updated"
        }
    }

    private let performance: Performance
    private let service: Service

    /// - Parameters:
    ///   - hitPercent: 0 to 100.
    ///   - hits: reads that found a value, of all processes.
    ///   - size: values that the cache holds.
    public init(hitPercent: Double, hits: Int, misses: Int, size: Int, at now: Date) {
        performance = Performance(
            hitPercent: hitPercent, reads: hits.addingReportingOverflow(misses).partialValue, hits: hits,
            misses: misses, size: size, status: "active")
        service = Service(isConnected: true, updated: now.timeIntervalSince1970)
    }

    /// While Redis cannot be reached: the page shows the cache in red.
    public init(unreachableAt now: Date) {
        performance = Performance(hitPercent: 0, reads: 0, hits: 0, misses: 0, size: 0, status: "error")
        service = Service(isConnected: false, updated: now.timeIntervalSince1970)
    }

    enum CodingKeys: String, CodingKey {
        case performance = "cache_performance"
        case service = "service_info"
    }
}

/// Whether the cache answers.
public struct CacheHealthDocument: Encodable, Sendable {
    let status: String
    let error: String?
    let timestamp: Double

    /// - Parameter error: why it does not answer, as a sentence; nil when it does.
    public init(error: String?, at now: Date) {
        status = error == nil ? "healthy" : "unhealthy"
        self.error = error
        timestamp = now.timeIntervalSince1970
    }
}
