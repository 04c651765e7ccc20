import Documents
import Exchange
import Trading

extension Endpoint {
    /// Pairs that would suit a bot, by the last market scan.
    static func marketAnalysis(_ dependencies: DashboardDependencies) -> [Endpoint] {
        let reading = MarketReading(dependencies)
        return [
            Endpoint(
                .get, "/api/v1/market-analysis/analysis", "Pairs without a bot, best first.",
                [
                    .query("limit", .integer(5...500), standard: "50"), .query("include_gems", .flag, standard: "true"),
                ]
            ) { call in
                .document(
                    await reading.analysis(limit: call.integer("limit"), includesSmall: call.flag("include_gems")))
            },
            Endpoint(
                .get, "/api/v1/market-analysis/analysis/{product_id}", "The score of one pair.",
                [.path("product_id", .text)]
            ) { call in
                let name = call.text("product_id") ?? ""
                guard let scan = try await reading.scan(),
                    let score = scan.scores.first(where: { $0.product.rawValue == name })
                else { return .document(MissingPairDocument(product: name)) }
                return .document(
                    PairAnalysisDocument(product: name, PairScoreDocument(score), scannedAt: scan.scannedAt))
            },
            Endpoint(
                .get, "/api/v1/market-analysis/comparison", "Several pairs side by side.", [.required("pairs", .text)]
            ) { call in
                .document(compare(call.text("pairs") ?? "", try await reading.scan()))
            },
        ] + triggers(dependencies) + creations(dependencies)
    }

    /// - Parameter pairs: separated by commas.
    private static func compare(_ pairs: String, _ scan: MarketScan?) -> PairComparisonDocument {
        let names = pairs.split(separator: ",").prefix(mostCompared)
            .map { $0.filter { $0 != " " }.uppercased() }.filter { !$0.isEmpty }
        let scores = Dictionary(
            (scan?.scores ?? []).map { ($0.product.rawValue, $0) }, uniquingKeysWith: { first, _ in first })
        let entries = names.map { name -> PairComparisonDocument.Entry in
            scores[name].map { .scored(PairScoreDocument($0)) } ?? .missing(product: name)
        }
        let ranked = names.compactMap { scores[$0] }.enumerated()
            .sorted { ($1.element.total, $0.offset) < ($0.element.total, $1.offset) }.map(\.element)
        return PairComparisonDocument(
            entries, ranked: ranked.map { PairScoreDocument($0) }, scannedAt: scan?.scannedAt)
    }

    /// More than a page shows side by side.
    private static var mostCompared: Int { 100 }

    private static func triggers(_ dependencies: DashboardDependencies) -> [Endpoint] {
        let jobs = MarketJobs(dependencies)
        return [
            Endpoint(.post, "/api/v1/market-analysis/trigger-scan", "Starts a market scan.") { _ in
                .document(
                    MarketTaskDocument(
                        success: true, message: "Market scan task triggered", taskID: try await jobs.scan()))
            },
            Endpoint(
                .post, "/api/v1/market-analysis/trigger-opportunity-alert",
                "Starts a job that tells of pairs with at least this score.",
                [.query("min_score", .number(least: 8, most: 25), standard: "12.0")]
            ) { call in
                let score = call.number("min_score")
                return .document(
                    MarketTaskDocument(
                        success: true, message: "Opportunity alert triggered for scores >= \(score)",
                        taskID: try await jobs.alert(from: score)))
            },
        ]
    }

    private static func creations(_ dependencies: DashboardDependencies) -> [Endpoint] {
        let bots = AutomaticBots(dependencies)
        return [
            Endpoint(
                .post, "/api/v1/market-analysis/scan-and-create", "Makes stopped bots for the best pairs.",
                [
                    .query("max_bots", .integer(1...5), standard: "2"),
                    .query("min_score", .number(least: 10, most: 25), standard: "18.0"),
                ]
            ) { call in
                .document(
                    try await bots.create(most: call.integer("max_bots"), from: call.number("min_score")))
            },
            Endpoint(
                .post, "/api/v1/market-analysis/auto-create-bot/{product_id}", "Makes a stopped bot for a pair.",
                [.path("product_id", .text)]
            ) { call in
                .document(try await bots.create(for: call.text("product_id") ?? ""))
            },
        ]
    }
}
