import Documents
import Exchange
import Ledger
import Trading

extension Endpoint {
    /// Pairs that the exchange has listed lately.
    static func pairSearch(_ dependencies: DashboardDependencies) -> [Endpoint] {
        let reading = MarketReading(dependencies)
        return [
            Endpoint(
                .get, "/api/v1/new-pairs/scan",
                "What the next search for new pairs will find; the job that runs every two hours records it."
            ) { _ in
                let listed = try await reading.products()
                let known = try await dependencies.ledger.knownPairs()
                let changes = PairChanges(listed, known: known)
                let pairs = changes.found.filter { $0.id.quote == PairScore.quote }.map { product in
                    NewPairsDocument.Pair(
                        product: product.id.rawValue, baseName: product.facts.baseName ?? product.id.base,
                        price: product.price.isPositive ? product.price.doubleValue : nil,
                        volume: product.facts.quoteVolume)
                }
                return .document(
                    NewPairsDocument(
                        at: dependencies.now(), listed: listed.count, tracked: known.count,
                        found: changes.found.count, updated: changes.changed.count, pairs: pairs))
            },
            Endpoint(
                .get, "/api/v1/new-pairs/analyze/{product_id}", "How a tracked pair does since it was first seen.",
                [.path("product_id", .text)]
            ) { call in
                let name = call.text("product_id") ?? ""
                guard let pair = try await dependencies.ledger.trackedPair(name) else {
                    throw DashboardError.notFound("Trading pair \(name) not found")
                }
                let score = try await reading.scan()?.scores.first { $0.product.rawValue == name }
                return .document(TrackedPairAnalysisDocument(pair, score: score, at: dependencies.now()))
            },
        ]
    }
}
