public import Foundation

/// How the services and the bots are.
public struct SystemHealthDocument: Encodable, Sendable {
    /// How one service is.
    public struct Service: Encodable, Sendable {
        let status, details: String

        /// - Parameters:
        ///   - status: `healthy` or `error`.
        ///   - details: a sentence.
        public init(status: String, details: String) {
            self.status = status
            self.details = details
        }
    }

    /// How one bot is.
    public struct Bot: Encodable, Sendable {
        let id: Int
        let name, status: String
        let isLocked: Bool
        let score: Double
        let health: String

        /// - Parameters:
        ///   - score: of its last evaluation.
        ///   - health: `healthy` or `error`.
        public init(id: Int, name: String, status: String, score: Double, health: String) {
            self.id = id
            self.name = name
            self.status = status
            // No signal has ever been locked.
            isLocked = false
            self.score = score
            self.health = health
        }

        enum CodingKeys: String, CodingKey {
            case id, name, status
            case isLocked = "signal_locked"
            case score = "current_score"
            case health
        }
    }

    private struct Bots: Encodable, Sendable {
        let total, healthy, troubled: Int
        let bots: [Bot]

        enum CodingKeys: String, CodingKey {
            case total = "total_bots"
            case healthy = "healthy_bots"
            case troubled = "bots_with_issues"
            case bots = "bot_details"
        }
    }

    let status: String
    let score: Double
    let services: OrderedFields<Service>
    private let bots: Bots
    let events: [LogDocument.Line]
    let updated: NaiveTime
    let isMonitored = true

    /// - Parameters:
    ///   - status: `healthy`, `degraded` or `critical`.
    ///   - score: 0 to 1.
    ///   - events: warnings and errors of the logs, newest first.
    public init(
        status: String, score: Double, services: OrderedFields<Service>, bots: [Bot], events: [LogDocument.Line],
        updated: Date
    ) {
        self.status = status
        self.score = score
        self.services = services
        let healthy = bots.count { $0.health == "healthy" }
        self.bots = Bots(total: bots.count, healthy: healthy, troubled: bots.count - healthy, bots: bots)
        self.events = events
        self.updated = NaiveTime(updated)
    }

    enum CodingKeys: String, CodingKey {
        case status = "overall_status"
        case score = "health_score"
        case services, bots
        case events = "recent_critical_events"
        case updated = "last_updated"
        case isMonitored = "monitoring_active"
    }
}
