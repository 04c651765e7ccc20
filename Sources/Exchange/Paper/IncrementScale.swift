import Trading

/// Turns amounts into whole increments and back, for increments that are a power of ten.
///
/// The paper exchange computes with integers (prices in quote increments, sizes in base increments), so that every
/// machine gets the same result to the last digit.
struct IncrementScale: Sendable, Equatable {
    /// Decimals of the increment: 2 for 0.01, 0 for 1.
    let decimals: Int

    init(decimals: Int) { self.decimals = decimals }

    /// - Throws: `invalid` for an increment that is not 1, 0.1, 0.01, …
    init(increment: Amount, of what: String) throws(ExchangeError) {
        let text = increment.description
        let fraction = text.split(separator: ".").dropFirst().first ?? ""
        guard text == "1" || (text.hasPrefix("0.") && fraction.last == "1" && Int(fraction) == 1) else {
            throw .invalid(what: "increment \(text) of \(what)", reason: "the paper exchange knows only powers of ten")
        }
        decimals = fraction.count
    }

    /// The number of increments in `amount`; `nil` when it is not whole or beyond 64 bits.
    func count(_ amount: Amount) -> Int? {
        let text = amount.description
        guard let point = text.firstIndex(of: ".") else { return Int(text + String(repeating: "0", count: decimals)) }
        let fraction = text[text.index(after: point)...]
        guard fraction.count <= decimals else { return nil }
        return Int(text[..<point] + fraction + String(repeating: "0", count: decimals - fraction.count))
    }

    /// `count` increments as an exact amount.
    func amount(_ count: some BinaryInteger) throws(ExchangeError) -> Amount {
        let digits = String(count.magnitude)
        let padded = String(repeating: "0", count: max(0, decimals + 1 - digits.count)) + digits
        let sign = count < 0 ? "-" : ""
        let text = decimals == 0 ? padded : "\(padded.dropLast(decimals)).\(padded.suffix(decimals))"
        do {
            return try Amount(sign + text)
        } catch {
            throw .invalid(what: "\(sign)\(text)", reason: "\(error)")
        }
    }
}

/// Runs exact arithmetic and reports an overflow in this module's own words.
func exact<Value>(
    _ what: @autoclosure () -> String, _ work: () throws(TradingError) -> Value
) throws(ExchangeError) -> Value {
    do {
        return try work()
    } catch {
        throw .invalid(what: what(), reason: "\(error)")
    }
}
