import Testing
import Trading

@Suite struct PositionSizeTests {
    static func size(
        _ side: Side, notional: String = "100", price: String, holding: String = "0", increment: String = "0.00000001",
        isThin: Bool = false
    ) throws -> PositionSize {
        try PositionSize.fixed(
            side, notional: Amount(notional), price: Amount(price), holding: Amount(holding),
            product: Fixture.product(baseIncrement: increment), isThin: isThin)
    }

    @Test func `a buy is floored to the increment`() throws {
        #expect(
            try Self.size(.buy, price: "129058.16")
                == .order(baseSize: Amount("0.00077484"), notional: Amount("99.9994246944")))
        #expect(
            try Self.size(.buy, price: "0.7", increment: "10") == .order(baseSize: Amount(140), notional: Amount(98)))
    }

    @Test func `a thin market halves the size`() throws {
        #expect(try Self.size(.buy, price: "50", isThin: true) == .order(baseSize: Amount(1), notional: Amount(50)))
    }

    @Test func `a sell never exceeds the holding`() throws {
        #expect(
            try Self.size(.sell, price: "50", holding: "1.5") == .order(baseSize: Amount("1.5"), notional: Amount(75)))
        #expect(try Self.size(.sell, price: "50", holding: "9") == .order(baseSize: Amount(2), notional: Amount(100)))
        #expect(try Self.size(.sell, price: "50", holding: "0") == .skip(.nothingToSell))
        #expect(try Self.size(.sell, price: "50", holding: "-1") == .skip(.nothingToSell))
    }

    @Test func `orders below the minimum are skipped`() throws {
        #expect(try Self.size(.sell, price: "50", holding: "0.1999") == .skip(.belowSmallestOrder))
        #expect(
            try Self.size(.sell, price: "50", holding: "0.2") == .order(baseSize: Amount("0.2"), notional: Amount(10)))
        #expect(try Self.size(.sell, price: "50", holding: "0.000000001") == .skip(.belowProductMinimum))
        #expect(try Self.size(.buy, price: "1000", increment: "1") == .skip(.belowProductMinimum))
        #expect(try Self.size(.buy, notional: "0", price: "1000") == .skip(.unusable))
        #expect(try Self.size(.buy, price: "0") == .skip(.unusable))
    }

    @Test func `a product's maximum clips`() throws {
        var product = try Fixture.product()
        product.baseMaxSize = Amount(1)
        let size = try PositionSize.fixed(
            .buy, notional: Amount(100), price: Amount(50), holding: .zero, product: product, isThin: false)
        #expect(size == .order(baseSize: Amount(1), notional: Amount(50)))
    }

    @Test func `seeded sizes are on the grid, affordable and held`() throws {
        var random = Seeded(8)
        for _ in 0..<2000 {
            let price = try random.amount(digits: 3, decimals: 8, signed: false)
            let holding = try random.amount(digits: 5, decimals: 8, signed: false)
            let increment = ["0.00000001", "0.01", "1", "0.5"].randomElement(using: &random) ?? "1"
            for side in Side.allCases {
                let product = try Fixture.product(baseIncrement: increment)
                let size = try PositionSize.fixed(
                    side, notional: Amount(100), price: price, holding: holding, product: product, isThin: false)
                guard case .order(let base, let notional) = size else { continue }
                #expect(try base.floored(to: product.baseIncrement) == base)
                #expect(try notional == base.times(price) && notional <= Amount(100) && notional >= Amount(10))
                #expect(side == .buy || base <= holding)
            }
        }
    }
}
