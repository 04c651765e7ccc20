import Testing

@testable import Trading

@Suite struct ProfitTests {
    private func fill(
        _ side: Side, _ size: String, _ price: String, fee: String = "0", inQuote: Bool = false
    ) throws -> RecordedFill {
        try RecordedFill(
            side: side, size: Amount(size), sizeInQuote: inQuote, price: Amount(price), commission: Amount(fee))
    }

    private func position(_ fills: [RecordedFill]) throws -> AverageCostPosition {
        var position = AverageCostPosition()
        for fill in fills { try position.add(fill) }
        return position
    }

    @Test func `a sell earns over the average cost of what was bought before it`() throws {
        let position = try position([
            fill(.buy, "1", "10", fee: "0.1"), fill(.buy, "1", "20"), fill(.sell, "1", "18", fee: "0.2"),
            fill(.buy, "1", "100"),
        ])
        #expect(try position.realized == Amount("2.8") && position.quantity == Amount(2))
        #expect(position.cost == Amount(115) && position.closings == 1 && position.gains == 1)
        #expect(try position.unrealized(at: Amount(60)) == Amount(5))
    }

    @Test func `what is sold beyond the holdings is a short position that later buys close`() throws {
        var position = try position([fill(.buy, "1", "10"), fill(.sell, "3", "12", fee: "0.3")])
        #expect(try position.realized == Amount("1.9") && position.quantity == Amount(-2))
        #expect(try position.cost == Amount(24) && position.unrealized(at: Amount(13)) == Amount(-2))
        #expect(try position.value(at: Amount(13)) == Amount(26))
        try position.add(fill(.buy, "2", "11", fee: "0.1"))
        #expect(try position.realized == Amount("3.8") && position.quantity.isZero && position.cost.isZero)
    }

    @Test func `closing everything leaves nothing over, whatever the decimals`() throws {
        var fills: [RecordedFill] = []
        for index in 1...40 { fills.append(try fill(.buy, "0.\(index)7", "3.33333333")) }
        let bought = fills.reduce(Amount.zero) { $0 + $1.size }
        let third = try bought.divided(by: Amount(3), scale: 18)
        fills.append(try fill(.sell, third.description, "4"))
        fills.append(try fill(.sell, (bought - third).description, "4"))
        let position = try position(fills)
        let paid = fills.prefix(40).reduce(Amount.zero) { $0 + $1.notional }
        let received = fills.suffix(2).reduce(Amount.zero) { $0 + $1.notional }
        #expect(position.quantity.isZero && position.cost.isZero && position.realized == received - paid)
    }

    @Test func `a size in quote units is worth itself`() throws {
        let fill = try fill(.buy, "30", "4000", inQuote: true)
        #expect(try fill.size == Amount("0.0075") && fill.notional == Amount(30))
    }

    @Test(arguments: [("0", "1"), ("-1", "1"), ("1", "0"), ("1", "-5")])
    func `a size or price that is none makes no fill`(_ size: String, _ price: String) throws {
        #expect(throws: TradingError.self) { try fill(.buy, size, price) }
        #expect(throws: TradingError.self) { try fill(.sell, size, price, inQuote: true) }
    }

    @Test func `lots are sold in the order in which they were bought`() throws {
        var lots = LotPosition()
        for fill in try [fill(.buy, "1", "10"), fill(.buy, "2", "20"), fill(.sell, "2", "30", fee: "9")] {
            try lots.add(fill)
        }
        #expect(lots.realized == Amount(30) && lots.quantity == Amount(1) && lots.averageCost == Amount(20))
        try lots.add(fill(.sell, "5", "25"))
        #expect(lots.realized == Amount(35) && lots.quantity.isZero && lots.averageCost.isZero)
    }

    @Test func `a fill that cannot be read counts, and adds nothing`() throws {
        let profit = ProductProfit([try fill(.buy, "1", "10", fee: "0.5"), nil, try fill(.sell, "1", "12", fee: "0.5")])
        #expect(profit.trades == 3 && profit.buys == 1 && profit.sells == 1)
        #expect(try profit.totalSpent == Amount("10.5") && profit.totalReceived == Amount("11.5"))
        #expect(try profit.totalFees == Amount(1) && profit.position.realized == Amount("1.5"))
    }

    @Test func `over all buys both gains add up to the same as in the order of time`() throws {
        let profit = ProductProfit([
            try fill(.buy, "1", "10"), try fill(.sell, "1", "12", fee: "0.2"), try fill(.buy, "1", "20"),
        ])
        let price = Amount(21)
        #expect(try profit.realizedOverAllBuys == Amount("-3.2"))
        #expect(profit.unrealizedOverAllBuys(at: price) == Amount(6))
        #expect(try profit.position.realized == Amount("1.8") && profit.position.unrealized(at: price) == Amount(1))
    }

    @Test(arguments: [
        (0, "fresh"), (2, "fresh"), (3, "normal"), (5, "normal"), (6, "warning"), (10, "warning"), (11, "critical"),
    ])
    func `an order that waits becomes urgent`(_ minutes: Int, _ word: String) {
        #expect(OrderUrgency(minutes: minutes).rawValue == word)
    }

    @Test func `market selection tells winners from losers, and says what follows`() throws {
        let results = [
            PairResult(pair: "BTC-USD", profit: try Amount("-2"), closings: 1, gains: 0),
            PairResult(pair: "AVNT-USD", profit: try Amount("60"), closings: 4, gains: 3),
            PairResult(pair: "XTZ-USD", profit: try Amount("1"), closings: 1, gains: 1),
            PairResult(pair: "ETH-USD", profit: .zero, closings: 0, gains: 0),
        ]
        let selection = MarketSelection(results)
        #expect(selection.winners.map(\.pair) == ["AVNT-USD", "XTZ-USD"] && selection.losers.map(\.pair) == ["BTC-USD"])
        #expect(selection.won == Amount(61) && selection.lost == Amount(-2))
        #expect(
            selection.insights == [
                "Alt-coins outperforming major coins", "Risk Level: Low", "Strategy: Focus on alt-coin opportunities",
            ])
        #expect(selection.winners[0].profitPerTrade == 15 && selection.winners[0].winRate == 0.75)
        #expect(MarketSelection([]).insights.count == 3 && MarketSelection([]).risk == .unknown)
    }
}
