public import Foundation

/// The warnings and errors of the logs, newest first.
public struct CriticalEventsDocument: Encodable, Sendable {
    let events: [LogDocument.Line]
    let count: Int
    let minutes: Int
    let updated: NaiveTime

    /// - Parameter minutes: from how far back they are.
    public init(_ events: [LogDocument.Line], minutes: Int, updated: Date) {
        self.events = events
        count = events.count
        self.minutes = minutes
        self.updated = NaiveTime(updated)
    }

    enum CodingKeys: String, CodingKey {
        case events = "critical_events"
        case count = "critical_events_count"
        case minutes = "time_window_minutes"
        case updated = "last_updated"
    }
}
