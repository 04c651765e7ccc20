import Testing
import Trading

/// Scores of pairs; that they are the old backend's is checked where its answers are compared.
@Suite struct PairScoreTests {
    private func product(
        _ name: String = "FET-USD", price: String = "0.5", status: String = "online", disabled: Bool = false,
        facts: ProductFacts = ProductFacts()
    ) throws -> Product {
        Product(
            id: try ProductID(name), price: try Amount(price), baseIncrement: Amount(1), quoteIncrement: Amount(1),
            priceIncrement: Amount(1), baseMinSize: Amount(1), baseMaxSize: Amount(1), quoteMinSize: Amount(1),
            quoteMaxSize: Amount(1), status: status, tradingDisabled: disabled, facts: facts)
    }

    private func score(
        _ name: String = "FET-USD", millions: Double, change: Double = 0, growth: Double = 0
    ) throws -> PairScore {
        try #require(
            PairScore(
                try product(
                    name, facts: ProductFacts(priceChange: change, volumeChange: growth, quoteVolume: millions * 1e6))))
    }

    @Test func `each score has its bounds`() throws {
        let most = try score(millions: 1_000, change: -50, growth: 1_000)
        #expect([most.liquidity, most.volatility, most.momentum, most.safety, most.total] == [10, 10, 5, 5, 30])
        let least = try score(millions: 0, growth: -50)
        #expect([least.liquidity, least.volatility, least.momentum, least.safety, least.total] == [0, 0, 0, 1, 1])
    }

    @Test func `what the exchange does not tell counts as zero, and a name is made of the code`() throws {
        let score = try #require(PairScore(try product()))
        #expect(score.total == 1 && score.baseName == "Fet" && score.positionTokens == 50)
        let volume = try #require(PairScore(try product(facts: ProductFacts(volume: 4e6))))
        #expect(volume.volumeMillions == 2)
    }

    @Test func `only what trades against the dollar has a score`() throws {
        #expect(PairScore(try product("FET-EUR")) == nil)
        #expect(PairScore(try product(price: "0")) == nil)
        #expect(PairScore(try product(status: "delisted")) == nil)
        #expect(PairScore(try product(disabled: true)) == nil)
    }

    @Test func `advice and risk change at their bounds`() throws {
        #expect(try [199.9, 200, 49.9, 50].map { try score(millions: $0).risk } == [.medium, .low, .high, .medium])
        #expect(try score(millions: 250, change: 5).advice == .highlyRecommended)
        // 5 for the risk, 4 for the volume.
        #expect(try score(millions: 200, change: 1.5).advice == .goodCandidate)
        #expect(try score(millions: 200, change: 1.4).advice == .considerLater)
    }

    @Test func `the limit takes the largest, and the best of them comes first`() throws {
        let scores = [
            try score("A-USD", millions: 60, change: 5), try score("B-USD", millions: 300),
            try score("C-USD", millions: 55, change: 5), try score("D-USD", millions: 0.5, change: 5, growth: 50),
        ]
        func names(_ ranking: PairRanking) -> [String] { ranking.candidates.map(\.product.base) }
        #expect(names(PairRanking(scores)) == ["D", "A", "C", "B"])
        #expect(names(PairRanking(scores, limit: 2)) == ["A", "B"])
        #expect(names(PairRanking(scores, includesSmall: false)) == ["A", "C", "B"])
        #expect(names(PairRanking(scores, excluding: ["A-USD"], limit: -1)) == [])
        #expect(PairRanking(scores).best(by: \.volatility)?.product.base == "D")
        #expect(PairRanking([]).best(by: \.total) == nil)
    }

    @Test func `a notice tells of the best five, and how urgent it is`() throws {
        #expect(OpportunityNotice([]) == nil)
        let one = try #require(OpportunityNotice([try score(millions: 300, change: 2)]))
        #expect(one.message == "One pair stands out\n\n1. **FET-USD** (Fet)\n   • Score: 15.0/25 (GOOD_CANDIDATE)")
        #expect(one.priority == "high" && one.title == "Market opportunities found: 1")
        let many = try #require(OpportunityNotice(Array(repeating: try score(millions: 500, change: 2), count: 7)))
        #expect(many.priority == "critical" && many.message.contains("\n5. **") && !many.message.contains("\n6. **"))
    }

    @Test func `new pairs are news, but not where nothing was known`() throws {
        let listed = [try product("A-USD"), try product("B-EUR"), try product("C-USD", status: "delisted")]
        let first = PairChanges(listed, known: [])
        #expect(first.isFirst && first.found.count == 3 && first.news.isEmpty)
        let known = PairChanges.Known(product: "C-USD", status: "online", isTradingDisabled: false, isDisabled: false)
        let later = PairChanges(listed, known: [known])
        #expect(later.news.map(\.id.rawValue) == ["A-USD"] && later.changed.map(\.id.rawValue) == ["C-USD"])
    }
}
