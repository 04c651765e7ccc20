import Testing

@testable import Trading

@Suite struct ExposureCapsTests {
    private func room(
        _ secure: Int, _ equity: Int, product: Int, exposure: Int, undecided: Int = 0
    ) throws -> ExposureCaps.Room {
        try ExposureCaps().room(
            secureEquity: Amount(secure), equity: Amount(equity), product: Amount(product), exposure: Amount(exposure),
            undecided: Amount(undecided))
    }

    @Test func `a product may come to a tenth of what has a fresh price, all of them to nine tenths`() throws {
        #expect(
            try room(1_000, 1_000, product: 30, exposure: 500) == .init(worth: Amount("69.8602794411"), cap: .product))
        #expect(
            try room(800, 1_000, product: 30, exposure: 500) == .init(worth: Amount("49.9001996007"), cap: .product))
        #expect(try room(1_000, 1_000, product: 0, exposure: 880) == .init(worth: Amount("19.6463654223"), cap: .gross))
    }

    @Test func `what undecided buys may cost beyond what they bring is no equity`() throws {
        // Two percent of 500 are gone from a thousand.
        #expect(
            try room(1_000, 1_000, product: 30, exposure: 600, undecided: 500)
                == .init(worth: Amount("68.8622754491"), cap: .product))
        #expect(
            try room(1_000, 1_000, product: 0, exposure: 880, undecided: 500)
                == .init(worth: Amount("10.8055009823"), cap: .gross))
    }

    @Test(arguments: ["0", "0.006", "0.012", "0.02"], ["1", "1.002", "1.005"])
    func `after a buy of all the room the caps hold, whatever its fee and price`(_ fee: String, _ limit: String) throws
    {
        let (fee, limit) = (try Amount(fee), try Amount(limit))
        for (product, exposure) in [(0, 0), (30, 500), (0, 850)] {
            let worth = try room(1_000, 1_000, product: product, exposure: exposure).worth
            // Filled wholly at its limit: what it brings counts at mid.
            let value = try worth.divided(by: limit, scale: 10)
            let equity = try Amount(1_000) + value - worth.times(Amount(1) + fee)
            #expect(try Amount(product) + value <= equity.times(Amount("0.1")))
            #expect(try Amount(exposure) + value <= equity.times(Amount("0.9")))
        }
    }

    @Test func `beyond a cap there is no room`() throws {
        #expect(try room(1_000, 1_000, product: 101, exposure: 500).worth.isZero)
        #expect(try room(1_000, 1_000, product: 0, exposure: 950) == .init(worth: .zero, cap: .gross))
        #expect(try room(0, 0, product: 0, exposure: 0).worth.isZero)
    }

    @Test func `a sum that left the range is refused`() {
        let beyond = Amount(.max)
        #expect(throws: TradingError.self) {
            try ExposureCaps().room(secureEquity: beyond, equity: beyond, product: .zero, exposure: .zero)
        }
    }

    @Test func `an account counts what it holds, by the best price that is known`() throws {
        let account = AccountValue(
            cash: Amount(100), cashOnHold: Amount(5),
            holdings: [
                try HoldingValue(currency: "B", quantity: try Amount("0.1"), price: Amount(50), basis: .listed),
                try HoldingValue(currency: "A", quantity: Amount(2), price: Amount(10), basis: .quote),
                try HoldingValue(currency: "C", quantity: Amount(9), price: nil, basis: .recorded),
            ])
        #expect(account.equity == Amount(130) && account.secureEquity == Amount(125) && account.exposure == Amount(25))
        #expect(account.holdings.map(\.currency) == ["A", "B", "C"])
        #expect(account.holding("C")?.basis == .unknown && account.holding("D") == nil)
    }

    @Test func `a quantity of many decimals is cut, not refused`() throws {
        let quantity = try Amount("0.00000000000000000000001")
        let value = try HoldingValue(
            currency: "A", quantity: quantity, price: try Amount("0.0000000001"), basis: .quote)
        #expect(value.value.isZero)
    }
}
