import Foundation
import Testing
import Trading

@Suite struct AmountTests {
    struct Rounding: Decodable {
        struct Input: Decodable {
            var value: String
            var increment: String
            var mode: String
        }
        var inputs: [Input]
        var outputs: [String]
    }

    @Test func `rounding agrees with Python's decimal digit for digit`() throws {
        let golden: Rounding = try Fixture.load("rounding")
        #expect(golden.inputs.count == golden.outputs.count && golden.inputs.count >= 70)
        for (input, output) in zip(golden.inputs, golden.outputs) {
            // The one golden value with an exponent: Amount refuses exponents, so it is read in plain digits.
            let value = try Amount(input.value == "1e-7" ? "0.0000001" : input.value)
            let increment = try Amount(input.increment)
            let rounded =
                switch input.mode {
                case "down": try value.floored(to: increment)
                case "up": try value.ceiled(to: increment)
                default: try value.rounded(to: increment)
                }
            #expect(rounded == (try Amount(output)), "\(input)")
            #expect(rounded.isZero || rounded.text(scale: increment.scale).hasPrefix(output), "\(input)")
        }
    }

    @Test(arguments: [
        "", "-", ".", "1.", ".5", "+1", "1e5", "1E-7", "NaN", "nan", "inf", " 1", "1 ", "1,5", "0x10", "--1", "1.2.3",
        "1_0",
        "٣", "1\u{0}", "１",
    ])
    func `text that is not a plain decimal is refused`(text: String) {
        #expect(throws: TradingError.amountNotDecimal(text: text)) { try Amount(text) }
    }

    @Test(arguments: [
        "100000000000000", "-100000000000000", "0.000000000000000000000001", "99999999999999999999999999999",
    ])
    func `text beyond the range is refused`(text: String) {
        #expect(throws: TradingError.amountOutOfRange(operation: "'\(text)'")) { try Amount(text) }
    }

    @Test func `a megabyte of digits is refused without being repeated in the error`() {
        let text = String(repeating: "9", count: 1_000_000)
        let error = #expect(throws: TradingError.self) { try Amount(text) }
        #expect((error?.description.count ?? 0) < 300)
    }

    @Test(arguments: [
        ("0", "0"), ("-0", "0"), ("-0.00", "0"), ("007", "7"), ("1.50", "1.5"), ("-0.010", "-0.01"), ("100", "100"),
        ("0.00000001", "0.00000001"),
        ("99999999999999.99999999999999999999999", "99999999999999.99999999999999999999999"),
        ("0.1000000000000000000000000000000", "0.1"), ("0000000000000000000001", "1"),
    ])
    func `description is canonical`(text: String, canonical: String) throws {
        #expect(try Amount(text).description == canonical)
    }

    @Test func `equal values are equal and hash alike however they were written`() throws {
        #expect(try Amount("1.50") == Amount("1.5"))
        #expect(Set([try Amount("1.0"), try Amount("1"), Amount(1)]).count == 1)
        #expect(try Amount("0.1") + Amount("0.2") == Amount("0.3"))
    }

    @Test func `text has exactly the decimals asked for`() throws {
        #expect(try Amount("1.5").text(scale: 4) == "1.5000")
        #expect(try Amount("1.59").text(scale: 1) == "1.5")
        #expect(try Amount("-0.04").text(scale: 1) == "0.0")
        #expect(try Amount("-0.05").text(scale: 2) == "-0.05")
        #expect(Amount(-12).text(scale: 0) == "-12")
    }

    @Test func `JSON is text, never a number`() throws {
        let amounts = [try Amount("0.1"), .zero]
        #expect(String(decoding: try JSONEncoder().encode(amounts), as: UTF8.self) == #"["0.1","0"]"#)
        #expect(try JSONDecoder().decode([Amount].self, from: Data(#"["0.10","0"]"#.utf8)) == amounts)
        #expect(throws: (any Error).self) { try JSONDecoder().decode([Amount].self, from: Data("[0.1]".utf8)) }
    }

    @Test func `division cuts toward zero and keeps the width it needs`() throws {
        #expect(try Amount(2).divided(by: Amount(3), scale: 4) == Amount("0.6666"))
        #expect(try Amount(-2).divided(by: Amount(3), scale: 4) == Amount("-0.6666"))
        #expect(try Amount(1).divided(by: Amount("0.00000001"), scale: 0) == Amount(100_000_000))
        let third = try Amount(1).divided(by: Amount(3), scale: 23)
        #expect(third.description == "0.33333333333333333333333")
        let tiny = try Amount("0.00000000000000000000007")
        #expect(try tiny.divided(by: tiny, scale: 23) == Amount(1))
        #expect(try Amount("70000000000000").times(tiny, over: tiny, scale: 2) == Amount("70000000000000"))
        #expect(try Amount("0.0000001").divided(by: Amount("99999999999999"), scale: 2) == .zero)
        #expect(throws: TradingError.divisionByZero(operation: "1 x 1 / 0")) {
            try Amount(1).divided(by: .zero, scale: 2)
        }
        #expect(throws: TradingError.self) { try Amount(1_000_000).divided(by: tiny, scale: 2) }
    }

    @Test func `products are exact or refused`() throws {
        #expect(try Amount("110000.01").times(Amount("0.00165059")) == Amount("181.5649165059"))
        #expect(throws: TradingError.self) { try Amount("0.000000000001").times(Amount("0.000000000001")) }
        #expect(throws: TradingError.self) { try Amount("99999999999999").times(Amount("99999999999999.99")) }
        #expect(throws: TradingError.self) { try Amount(10_000_000).times(Amount(10_000_000)) }
    }

    @Test func `a sum beyond the range never traps and can never become an order`() throws {
        let most = try Amount("99999999999999.99999999999999999999999")
        var sum = most
        for _ in 0..<1000 { sum = sum + most }
        #expect(sum > most && (-sum) < -most && sum + -sum == sum)
        #expect(throws: TradingError.self) { try sum.times(.zero) }
        #expect(throws: TradingError.self) { try Amount(1).divided(by: sum, scale: 2) }
        #expect(throws: TradingError.self) { try sum.floored(to: Amount(1)) }
        #expect(throws: TradingError.self) { try Amount(Int.max).times(Amount(1)) }
        #expect(throws: TradingError.self) { try Amount(Int.min).times(Amount(1)) }
        #expect(throws: TradingError.self) { try Amount("0.5").ceiled(to: most).ceiled(to: sum) }
    }

    @Test func `an increment must be above zero`() {
        #expect(throws: TradingError.incrementNotPositive(increment: "0")) { try Amount(1).floored(to: .zero) }
        #expect(throws: TradingError.incrementNotPositive(increment: "-1")) { try Amount(1).ceiled(to: Amount(-1)) }
    }

    @Test func `rounding of negative values goes down for floor and up for ceil`() throws {
        let (value, step) = (try Amount("-1.25"), try Amount("0.1"))
        #expect(try value.floored(to: step) == Amount("-1.3"))
        #expect(try value.ceiled(to: step) == Amount("-1.2"))
        #expect(try value.rounded(to: step) == Amount("-1.3"))
    }

    @Test(
        arguments: [
            (0.1, 8, "0.1"), (1e-7, 8, "0.0000001"), (1e-7, 6, "0"), (2.675, 2, "2.68"), (-2.675, 2, "-2.68"),
            (0, 2, "0"),
            (.leastNonzeroMagnitude, 23, "0"), (1.5e13, 2, "15000000000000"), (123456.789, 3, "123456.789"),
            (0.30000000000000004, 8, "0.3"),
            (99.995, 2, "100"), (1.23e-5, 10, "0.0000123"),
        ] as [(Double, Int, String)])
    func `a double is read as its shortest decimal`(number: Double, scale: Int, text: String) throws {
        #expect(try Amount(approximating: number, scale: scale).description == text)
    }

    @Test(arguments: [Double.nan, .infinity, -.infinity, 1e14, -1e300])
    func `a double that is no amount is refused`(number: Double) {
        #expect(throws: TradingError.self) { try Amount(approximating: number, scale: 2) }
    }

    @Test func `to double and back loses nothing that a double can hold`() throws {
        var random = Seeded(7)
        for _ in 0..<2000 {
            let amount = try random.amount(digits: 8, decimals: 7)
            #expect(amount.doubleValue == Double(amount.description))
            #expect(try Amount(approximating: amount.doubleValue, scale: 12) == amount)
        }
        #expect(try Amount("99999999999999.99999999999999999999999").doubleValue == 1e14)
    }

    @Test func `arithmetic obeys its laws on seeded amounts`() throws {
        var random = Seeded(20_260_101)
        for _ in 0..<3000 {
            let a = try random.amount(digits: 13, decimals: 11)
            let b = try random.amount(digits: 8, decimals: 10)
            #expect(try Amount(a.description) == a)
            #expect(a + b == b + a && (a + b) - b == a && -(-a) == a)
            #expect((a < b) == (b > a) && (a - b).isNegative == (a < b))
            let (narrow, wide) = (try random.amount(digits: 4, decimals: 6), try random.amount(digits: 4, decimals: 6))
            let (left, right) = (try narrow.times(wide), try narrow.times(b))
            #expect(try narrow.times(wide + b) == left + right)
            #expect(try narrow.times(wide).doubleValue.isNearly(narrow.doubleValue * wide.doubleValue))
        }
    }

    @Test func `floor, ceil and division bracket the exact result on seeded amounts`() throws {
        var random = Seeded(42)
        for _ in 0..<3000 {
            let value = try random.amount(digits: 7, decimals: 9)
            let step = try random.amount(digits: 3, decimals: 6, signed: false)
            guard step.isPositive else { continue }
            let (down, up) = (try value.floored(to: step), try value.ceiled(to: step))
            #expect(down <= value && value <= up && (up - down == step || up == down))
            #expect(try down.floored(to: step) == down && up.ceiled(to: step) == up)
            let quotient = try value.magnitude.divided(by: step, scale: 8)
            let last = try Amount("0.00000001")
            #expect(try quotient.times(step) <= value.magnitude && (quotient + last).times(step) > value.magnitude)
        }
    }
}

extension Double {
    fileprivate func isNearly(_ other: Double) -> Bool { abs(self - other) <= 1e-12 * max(1, abs(other)) }
}
