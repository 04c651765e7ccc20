import Documents
import Foundation
import Ledger

/// Products of the exchange, and which of them are new.
struct TrackedPairEndpoints: Sendable {
    private let dependencies: DashboardDependencies

    init(_ dependencies: DashboardDependencies) { self.dependencies = dependencies }

    private static let daySeconds: TimeInterval = 86_400
    private static let mostPairs = 500

    var all: [Endpoint] {
        [
            Endpoint(.get, "/api/v1/new-pairs/stats", "How many products are tracked.") { _ in
                .document(try await statistics())
            },
            Endpoint(
                .get, "/api/v1/new-pairs/recent", "Products that are new, the newest first.",
                [.query("days", .integer(1...30), standard: "7")]
            ) { call in
                .document(try await recent(days: call.integer("days")))
            },
            Endpoint(
                .post, "/api/v1/new-pairs/mark-processed", "Notes that somebody has looked at new products.",
                body: .list
            ) { call in
                try await markProcessed(call.elements)
            },
        ]
    }

    private func begin(days: Int) -> Date { dependencies.now().addingTimeInterval(-Self.daySeconds * Double(days)) }

    private func statistics() async throws -> PairStatisticsDocument {
        let totals = try await dependencies.ledger.trackedPairTotals(since: begin(days: 7))
        return PairStatisticsDocument(
            all: totals.all, inDollars: totals.inDollars, unprocessed: totals.unprocessed, lastWeek: totals.recent,
            latest: totals.latest.map { pair in
                PairStatisticsDocument.Discovery(
                    product: pair.productID, baseName: pair.baseName, at: pair.firstSeen)
            })
    }

    private func recent(days: Int) async throws -> RecentPairsDocument {
        let (now, pairs) = (
            dependencies.now(),
            try await dependencies.ledger.trackedPairs(since: begin(days: days), limit: Self.mostPairs)
        )
        return RecentPairsDocument(
            days: days,
            pairs: pairs.map { pair in
                RecentPairsDocument.Pair(
                    product: pair.productID, baseName: pair.baseName, baseCurrency: pair.baseCurrency,
                    status: pair.status, isTradingDisabled: pair.isTradingDisabled, firstSeen: pair.firstSeen,
                    initialPrice: pair.initialPrice, initialVolume: pair.initialVolume24h, isNew: pair.isNewListing,
                    days: pair.firstSeen.map { Int((now.timeIntervalSince($0) / Self.daySeconds).rounded(.down)) })
            })
    }

    private func markProcessed(_ elements: [JSONValue]) async throws -> Answer {
        var (products, issues): ([String], [ValidationIssue]) = ([], [])
        for (index, element) in elements.enumerated() {
            if case .text(let product) = element {
                products.append(product)
            } else {
                issues.append(ValidationIssue(.textKind, at: [.name("body"), .index(index)], input: element))
            }
        }
        guard issues.isEmpty else { throw DashboardError.invalid(issues) }
        let (tracked, changed) = try await dependencies.ledger.markPairsProcessed(products)
        if changed > 0 {
            await dependencies.operatorLog.note(
                "pairs.processed", "\(changed) pairs", about: "pairs", before: JSONValue.null, after: tracked)
        }
        return .document(
            OutcomeDocument(
                success: true, message: "Marked \(tracked.count) pairs as processed", processed: tracked))
    }
}

extension Endpoint {
    /// See `TrackedPairEndpoints`.
    static func trackedPairs(_ dependencies: DashboardDependencies) -> [Endpoint] {
        TrackedPairEndpoints(dependencies).all
    }
}
