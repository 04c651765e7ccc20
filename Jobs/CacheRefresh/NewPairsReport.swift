import Foundation
import Ledger
import Trading

/// The result of a search for new pairs, in the recorded shape of `scan_for_new_pairs_task`.
struct NewPairsReport: Encodable, Sendable {
    let success = true
    let timestamp: String
    let scanned: Int
    /// Pairs that were not in the table; those against the dollar among them.
    let found, foundAgainstDollar: Int
    let notifications: Int
    /// Known pairs whose status has changed.
    let updated: Int

    /// - Parameter listed: how many products the exchange has.
    init(_ changes: PairChanges, listed: Int, at time: Date) {
        timestamp = ResultText.time(time)
        scanned = listed
        found = changes.found.count
        foundAgainstDollar = changes.found.count { $0.id.quote == PairScore.quote }
        notifications = min(changes.news.count, Ledger.mostPairNotices)
        updated = changes.changed.count
    }

    enum CodingKeys: String, CodingKey {
        case success, timestamp
        case scanned = "total_products_scanned"
        case found = "new_pairs_found"
        case foundAgainstDollar = "usd_pairs_found"
        case notifications = "notifications_created"
        case updated = "pairs_updated"
    }
}
