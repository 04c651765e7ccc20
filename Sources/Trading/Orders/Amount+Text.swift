import Foundation

extension Amount: CustomStringConvertible {
    /// Plain decimal text: an optional '-', digits, at most one '.' with a digit on each side. No exponent, sign '+',
    /// spaces or NaN. At most 23 decimals after dropping trailing zeros, and inside ±10^14.
    public init(_ text: String) throws(TradingError) {
        var text = text
        let parsed = text.withUTF8 { Amount.parse($0) }
        switch parsed {
        case .some(.success(let amount)): self = amount
        case .some(.failure(let error)): throw error
        case .none: throw .amountNotDecimal(text: String(text.prefix(60)))
        }
    }

    private static func parse(_ bytes: UnsafeBufferPointer<UInt8>) -> Result<Amount, TradingError>? {
        let isNegative = bytes.first == UInt8(ascii: "-")
        let digits = bytes.dropFirst(isNegative ? 1 : 0)
        let point = digits.firstIndex(of: UInt8(ascii: ".")) ?? digits.endIndex
        let whole = digits[..<point]
        var decimals = digits[point...].dropFirst()
        guard !whole.isEmpty, point == digits.endIndex || !decimals.isEmpty else { return nil }
        guard whole.allSatisfy(isDigit), decimals.allSatisfy(isDigit) else { return nil }
        while decimals.last == UInt8(ascii: "0") { decimals.removeLast() }
        let significant = whole.drop { $0 == UInt8(ascii: "0") }
        guard significant.count <= 14, decimals.count <= maximumScale else {
            return .failure(.amountOutOfRange(operation: "'\(String(decoding: bytes.prefix(60), as: UTF8.self))'"))
        }
        var coefficient: Int128 = 0
        for byte in significant { coefficient = coefficient * 10 + Int128(byte &- UInt8(ascii: "0")) }
        for byte in decimals { coefficient = coefficient * 10 + Int128(byte &- UInt8(ascii: "0")) }
        return .success(Amount(coefficient: isNegative ? -coefficient : coefficient, scale: decimals.count))
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }

    /// Plain and canonical: no exponent, no trailing zeros, "0" for zero. `Amount(_:)` reads it back unchanged.
    public var description: String { text(scale: scale) }

    /// Text with exactly `scale` decimals; further decimals are cut toward zero, so round before if that matters.
    public func text(scale: Int) -> String {
        let scale = max(0, scale)
        var digits = coefficient.magnitude.description
        if digits.count <= self.scale {
            digits = String(repeating: "0", count: self.scale - digits.count + 1) + digits
        }
        let whole = digits.dropLast(self.scale)
        let decimals = digits.suffix(self.scale).prefix(scale)
        let padding = String(repeating: "0", count: scale - decimals.count)
        let text = scale == 0 ? String(whole) : "\(whole).\(decimals)\(padding)"
        let isNonZero = text.utf8.contains { $0 != UInt8(ascii: "0") && $0 != UInt8(ascii: ".") }
        return isNegative && isNonZero ? "-" + text : text
    }
}

extension Amount: Codable {
    /// Reads JSON text, never a JSON number: a number has been through a `Double` somewhere.
    public init(from decoder: any Decoder) throws {
        try self.init(try decoder.singleValueContainer().decode(String.self))
    }

    /// Writes `description` as JSON text, so that no reader rounds it.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

extension Amount {
    /// The only way from `Double`: the shortest decimal that reads back as `number`, rounded to `scale` decimals (0 to
    /// 23), halves away from zero. For the old FLOAT columns, so a stored 0.1 is 0.1; never on the way to an order.
    public init(approximating number: Double, scale: Int) throws(TradingError) {
        func operation() -> String { "\(number) at \(scale) decimals" }
        guard number.isFinite, (0...Amount.maximumScale).contains(scale), number.magnitude < 1e14 else {
            throw .amountOutOfRange(operation: operation())
        }
        let (digits, exponent) = number.magnitude.shortestDecimal
        // value = digits x 10^exponent; we want the integer nearest to value x 10^scale.
        let shift = exponent + scale
        let sign: Int128 = number.sign == .minus ? -1 : 1
        guard shift < 0 else {
            self = try Amount.checked(sign * digits * Amount.powers[shift], scale: scale, operation())
            return
        }
        guard shift > -38 else {
            self = .zero
            return
        }
        let (quotient, remainder) = digits.quotientAndRemainder(dividingBy: Amount.powers[-shift])
        let rounded = remainder >= Amount.powers[-shift] - remainder ? quotient + 1 : quotient
        self = try Amount.checked(sign * rounded, scale: scale, operation())
    }

    /// The only way to `Double`, the nearest one: for statistics and the old FLOAT columns.
    public var doubleValue: Double {
        // Below 2^53 over at most 10^22 both are exact, so one division rounds once.
        if coefficient.magnitude < 1 << 53, scale <= 22 {
            return Double(Int64(coefficient)) / Double(Amount.powers[scale])
        }
        return Double(description) ?? .nan
    }
}

extension Double {
    /// The digits of the shortest text that reads back as this finite, non-negative number, and their power of ten.
    fileprivate var shortestDecimal: (digits: Int128, exponent: Int) {
        var (digits, exponent, decimals, seenPoint): (Int128, Int, Int, Bool) = (0, 0, 0, false)
        let text = description
        for (index, byte) in zip(text.utf8.indices, text.utf8) {
            switch byte {
            case UInt8(ascii: "."): seenPoint = true
            case UInt8(ascii: "e"):
                exponent = Int(text[text.utf8.index(after: index)...]) ?? 0
                return (digits, exponent - decimals)
            default:
                digits = digits * 10 + Int128(byte &- UInt8(ascii: "0"))
                decimals += seenPoint ? 1 : 0
            }
        }
        return (digits, exponent - decimals)
    }
}
