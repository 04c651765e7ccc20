public import Foundation

/// Whether something is wrong that nobody has dismissed.
public struct ErrorHealthDocument: Encodable, Sendable {
    let status: String
    let active, total: Int
    let checked: NaiveTime

    /// - Parameters:
    ///   - active: errors that nobody has dismissed.
    ///   - total: all of the last 24 hours.
    public init(active: Int, total: Int, checked: Date) {
        status = active > 0 ? "issues" : "healthy"
        self.active = active
        self.total = total
        self.checked = NaiveTime(checked)
    }

    enum CodingKeys: String, CodingKey {
        case status
        case active = "active_errors"
        case total = "total_errors_24h"
        case checked = "last_checked"
    }
}
