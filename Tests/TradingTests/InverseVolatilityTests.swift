import Testing
import Trading

@Suite struct InverseVolatilityTests {
    struct Golden: Decodable {
        struct Input: Decodable { var covariance: [[Double]] }
        struct Output: Decodable { var inverse_vol: [Double] }
        var inputs: [Input]
        var outputs: [Output]
    }

    @Test func `weights agree with the recorded allocations`() throws {
        let golden: Golden = try Fixture.load("allocation")
        #expect(golden.inputs.count == 3)
        for (input, output) in zip(golden.inputs, golden.outputs) {
            let volatilities = input.covariance.indices.map { input.covariance[$0][$0].squareRoot() }
            let weights = InverseVolatility.weights(volatilities: volatilities)
            #expect(weights.count == output.inverse_vol.count)
            #expect(zip(weights, output.inverse_vol).allSatisfy { abs($0 - $1) <= 1e-9 })
        }
    }

    @Test func `an asset that does not move or is not known gets nothing`() {
        #expect(InverseVolatility.weights(volatilities: [0, 0.1, .nan, 0.1, .infinity, -1]) == [0, 0.5, 0, 0.5, 0, 0])
        #expect(InverseVolatility.weights(volatilities: [0, .nan, 0]) == [0.5, 0, 0.5])
        #expect(InverseVolatility.weights(volatilities: [.nan]) == [0])
        #expect(InverseVolatility.weights(volatilities: [0.3]) == [1])
        #expect(InverseVolatility.weights(volatilities: [0]) == [1])
        #expect(InverseVolatility.weights(volatilities: []) == [])
        let least = Double.leastNonzeroMagnitude
        #expect(InverseVolatility.weights(volatilities: [least, least]) == [0.5, 0.5])
    }

    @Test func `volatility is the deviation of log returns`() {
        #expect(abs(InverseVolatility.volatility(hourlyCloses: [1, 2, 1, 2]) - 0.8003773) < 1e-6)
        #expect(InverseVolatility.volatility(hourlyCloses: [2, 2, 2, 2]) == 0)
        #expect(InverseVolatility.volatility(hourlyCloses: [1, 2]).isNaN)
        #expect(!InverseVolatility.volatility(hourlyCloses: [1, 0, 1]).isFinite)
        #expect(!InverseVolatility.volatility(hourlyCloses: [1, -1, 1]).isFinite)
    }

    @Test func `weights become decimals that never sum above one`() throws {
        var random = Seeded(6)
        for _ in 0..<200 {
            let volatilities = (0..<39).map { _ in Double.random(in: 0.001...2, using: &random) }
            var sum = Amount.zero
            for weight in InverseVolatility.weights(volatilities: volatilities) {
                let amount = try InverseVolatility.amount(ofWeight: weight)
                #expect(amount.scale <= 8 && abs(amount.doubleValue - weight) <= 1.01e-8)
                sum = sum + amount
            }
            #expect(sum <= Amount(1))
        }
        #expect(try InverseVolatility.amount(ofWeight: 1) == Amount(1))
        for bad in [Double.nan, -0.1, 1.1, .infinity] {
            #expect(throws: TradingError.self) { try InverseVolatility.amount(ofWeight: bad) }
        }
    }
}
