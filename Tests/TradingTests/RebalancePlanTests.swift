import Testing
import Trading

@Suite struct RebalancePlanTests {
    struct Golden: Decodable {
        struct Position: Decodable {
            var product: ProductID
            var price, base_increment, qty, target: Amount
        }
        struct Input: Decodable {
            var cash: Amount
            var positions: [Position]
            var band_abs, band_rel, min_notional, fee, reserve: Amount
            var to_edge: Bool
        }
        struct Order: Decodable {
            var product: ProductID
            var side: Side
            var base_size, notional: Amount
        }
        struct Output: Decodable {
            var equity: Amount
            var orders: [Order]
            var buy_scale: Double
        }
        var inputs: [Input]
        var outputs: [Output]
    }

    @Test func `plans agree with exact decimal arithmetic`() throws {
        let golden: Golden = try Fixture.load("rebalance")
        #expect(golden.inputs.count == 6)
        for (input, output) in zip(golden.inputs, golden.outputs) {
            var rules = RebalanceRules()
            (rules.bandAbsolute, rules.bandRelative, rules.toEdge) = (input.band_abs, input.band_rel, input.to_edge)
            (rules.minimumNotional, rules.fee, rules.reserve) = (input.min_notional, input.fee, input.reserve)
            let positions = input.positions.map {
                RebalancePosition(
                    product: $0.product, price: $0.price, baseIncrement: $0.base_increment, quantity: $0.qty,
                    target: $0.target)
            }
            let plan = try RebalancePlan(cash: input.cash, positions: positions, rules: rules)
            #expect(plan.equity == output.equity && plan.buyScale.doubleValue == output.buy_scale)
            #expect(plan.orders.map(\.product) == output.orders.map(\.product))
            #expect(plan.orders.map(\.side) == output.orders.map(\.side))
            #expect(plan.orders.map(\.baseSize) == output.orders.map(\.base_size))
            #expect(plan.orders.map(\.notional) == output.orders.map(\.notional))
        }
    }

    static func position(_ id: String, price: Int = 100, quantity: String, target: String) throws -> RebalancePosition {
        RebalancePosition(
            product: try ProductID(id), price: Amount(price), baseIncrement: try Amount("0.001"),
            quantity: try Amount(quantity), target: try Amount(target))
    }

    @Test func `on the edge of the band nothing happens`() throws {
        let inside = try Self.position("A-USD", quantity: "6", target: "0.5")
        #expect(try RebalancePlan(cash: Amount(400), positions: [inside]).orders.isEmpty)
        let outside = try Self.position("A-USD", quantity: "6.001", target: "0.5")
        #expect(try RebalancePlan(cash: Amount(399), positions: [outside]).orders.isEmpty)
    }

    @Test func `a target of zero sells all`() throws {
        let plan = try RebalancePlan(cash: .zero, positions: [Self.position("A-USD", quantity: "3.0005", target: "0")])
        #expect(plan.orders.map(\.baseSize) == [try Amount("3")] && plan.sells.count == 1)
    }

    @Test func `buys share the cash in proportion`() throws {
        let plan = try RebalancePlan(
            cash: Amount(300),
            positions: [
                Self.position("A-USD", quantity: "0", target: "0.4"),
                Self.position("B-USD", quantity: "0", target: "0.2"),
                Self.position("C-USD", quantity: "7", target: "0.7"),
            ])
        // To the edges 320 and 160; available 300 - 20; cost 480 x 1.006.
        #expect(plan.buyScale == (try Amount(280).divided(by: Amount("482.88"), scale: 12)))
        #expect(plan.buys.map(\.baseSize) == [try Amount("1.855"), try Amount("0.927")])
    }

    @Test func `ties go by product id, sells before buys`() throws {
        let plan = try RebalancePlan(
            cash: Amount(4000),
            positions: [
                Self.position("D-USD", quantity: "0", target: "0.1"),
                Self.position("B-USD", quantity: "0", target: "0.1"),
                Self.position("C-USD", quantity: "10", target: "0"),
                Self.position("A-USD", quantity: "10", target: "0"),
            ])
        #expect(plan.orders.map(\.product.rawValue) == ["A-USD", "C-USD", "B-USD", "D-USD"])
    }

    @Test func `a product's own minimum counts when it is larger`() throws {
        var position = try Self.position("A-USD", quantity: "0", target: "0.5")
        position.minimumNotional = Amount(1000)
        #expect(try RebalancePlan(cash: Amount(1000), positions: [position]).orders.isEmpty)
    }

    @Test func `nothing owned and nothing to spend is an empty plan`() throws {
        #expect(try RebalancePlan(cash: .zero, positions: []).orders.isEmpty)
        #expect(try RebalancePlan(cash: Amount(-5), positions: []).buyScale.isZero)
    }

    @Test(arguments: [("0", "1", "0.1"), ("-1", "1", "0.1"), ("1", "-1", "0.1"), ("1", "1", "-0.1"), ("1", "1", "1.1")])
    func `impossible positions are refused`(price: String, quantity: String, target: String) throws {
        var position = try Self.position("A-USD", quantity: quantity, target: target)
        position.price = try Amount(price)
        #expect(throws: TradingError.self) { try RebalancePlan(cash: Amount(100), positions: [position]) }
    }

    @Test func `seeded plans spend no more than they have and sell no more than is held`() throws {
        var random = Seeded(2026)
        for _ in 0..<400 {
            let positions = try (0..<Int.random(in: 1...8, using: &random)).map { index in
                RebalancePosition(
                    product: try ProductID("P\(index)-USD"),
                    price: try random.amount(digits: 3, decimals: 5, signed: false) + (try Amount("0.010001")),
                    baseIncrement: try Amount(["0.00000001", "0.01", "1"].randomElement(using: &random) ?? "1"),
                    quantity: try random.amount(digits: 6, decimals: 6, signed: false),
                    target: try Amount("0.\(Int.random(in: 0..<12, using: &random))234567"))
            }
            let cash = try random.amount(digits: 6, decimals: 4, signed: false)
            let plan = try RebalancePlan(cash: cash, positions: positions)
            var money = cash
            for order in plan.sells {
                let held = positions.first { $0.product == order.product }?.quantity ?? .zero
                #expect(order.baseSize <= held && order.notional >= Amount(10))
                money = money + (try order.notional.times(Amount("0.994")))
            }
            for order in plan.buys { money = money - (try order.notional.times(Amount("1.006"))) }
            #expect(plan.buys.isEmpty || !money.isNegative, "\(plan)")
        }
    }
}
