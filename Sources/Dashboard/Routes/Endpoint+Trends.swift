import Documents
import Foundation
import Ledger

extension Endpoint {
    /// Trends of products, as the newest evaluation of a bot of theirs found them.
    static func trends(_ dependencies: DashboardDependencies) -> [Endpoint] {
        [
            Endpoint(
                .get, "/api/v1/trends/{product_id}", "The trend of a product; that of an unknown one is flat.",
                [.path("product_id", .text)]
            ) { call in
                let product = call.text("product_id") ?? ""
                let known = try await dependencies.ledger.trends(of: [product])[product]
                return .document(
                    known.map { TrendDocument($0) } ?? TrendDocument(unknown: product, at: dependencies.now()))
            },
            Endpoint(
                .get, "/api/v1/trends", "The trends of several products.", [.required("pairs", .text)]
            ) { call in
                let products = Self.products(call.text("pairs") ?? "")
                let known = try await dependencies.ledger.trends(of: Set(products))
                let now = dependencies.now()
                return .document(
                    TrendListDocument(
                        products.map { product in
                            (
                                product,
                                known[product].map { TrendDocument($0) } ?? TrendDocument(unknown: product, at: now)
                            )
                        }, known: products.count { known[$0] != nil }))
            },
        ]
    }

    /// Most products of one answer.
    private static let mostProducts = 200

    /// Names between commas, each once.
    private static func products(_ text: String) -> [String] {
        var seen: Set<String> = []
        let names = text.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
        return Array(names.filter { !$0.isEmpty && seen.insert($0).inserted }.prefix(mostProducts))
    }
}
