import Exchange
import Testing
import Trading

@Suite struct DepthWalkTests {
    struct Golden: Decodable {
        struct Input: Decodable {
            struct Query: Decodable { let side: Side, base_size: String }
            let bids: [[String]]
            let asks: [[String]]
            let queries: [Query]
        }
        struct Result: Decodable {
            let filled, unfilled, quote_cost: String
            let vwap: Double?
            let worst_price: String?
            let levels_used: Int
            let slippage_bps_vs_mid: Double?
            let limit_price_50bps, size_within_50bps: String
        }
        struct Output: Decodable { let results: [Result] }
        let inputs: [Input]
        let outputs: [Output]
    }

    @Test func `every reference walk is met exactly`() throws {
        let golden = try Fixture.read("orderbook", as: Golden.self)
        var walks = 0
        for (input, output) in zip(golden.inputs, golden.outputs) {
            let prices = (input.bids + input.asks).map { decimals($0[0]) }.max()!
            let sizes = (input.bids + input.asks).map { decimals($0[1]) }.max()!
            func levels(_ side: [[String]]) -> [BookLevel] {
                side.map { BookLevel(price: increments($0[0], prices), size: increments($0[1], sizes)) }
            }
            let (bids, asks) = (levels(input.bids), levels(input.asks))
            let doubledMid = bids[0].price + asks[0].price
            for (query, result) in zip(input.queries, output.results) {
                let size: Int = increments(query.base_size, max(sizes, decimals(query.base_size)))
                let book = query.side == .buy ? asks : bids
                let walk = DepthWalk(book, side: query.side, size: size)
                #expect(walk.filled == increments(result.filled, sizes))
                #expect(walk.unfilled == increments(result.unfilled, sizes))
                #expect(walk.cost == increments(result.quote_cost, prices + sizes))
                #expect(walk.taken.count == result.levels_used)
                #expect(walk.worstPrice == result.worst_price.map { increments($0, prices) })
                let limit = DepthWalk.limit(side: query.side, doubledMid: doubledMid, bps: 50)
                #expect(limit == increments(result.limit_price_50bps, prices))
                let within = DepthWalk(book, side: query.side, size: size, limit: limit)
                #expect(within.filled == increments(result.size_within_50bps, sizes))
                if let slippage = walk.slippageBps(side: query.side, doubledMid: doubledMid) {
                    // Near the mid the difference of two nearly equal numbers decides: compare the ratio, as 1 + x.
                    let expected = try #require(result.slippage_bps_vs_mid)
                    #expect(abs(slippage - expected) <= 1e-12 * 10_000)
                }
                walks += 1
            }
        }
        #expect(walks == 70)
    }

    @Test func `an empty book fills nothing`() {
        let walk = DepthWalk([], side: .buy, size: 5)
        #expect(walk.taken.isEmpty && walk.unfilled == 5 && walk.worstPrice == nil)
        #expect(walk.slippageBps(side: .buy, doubledMid: 200) == nil)
    }
}
