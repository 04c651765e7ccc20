/// An exact decimal: money, price, size, fee or weight. The only type that an order is made of.
///
/// A coefficient times 10^-scale, always in lowest form, so equal values are equal bits. Every value stays strictly
/// inside ±10^14 with at most 23 decimals; all functions that could leave that range throw, none traps. `+` and `-`
/// cannot throw: a sum beyond the range becomes ±10^14 itself, a mark that every throwing function refuses, so it
/// can never reach an order.
public struct Amount: Sendable, Hashable {
    // Two words instead of an Int128: its 16-byte alignment is lost in the frames of some task-group closures (Swift
    // 6.3.1, debug), which ends in a jump to nowhere.
    private let high: Int64
    private let low: UInt64
    var coefficient: Int128 { Int128(high) << 64 | Int128(low) }
    /// Number of decimals in lowest form, 0 to `maximumScale`: 2 for 0.25, 0 for 10.
    public let scale: Int

    /// Most decimals that a value can have.
    public static let maximumScale = 23
    /// 0, with scale 0.
    public static let zero = Amount(coefficient: 0, scale: 0)
    static let limit: Int128 = 100_000_000_000_000
    /// 10^0 ... 10^38, all that fit.
    static let powers: [Int128] = (0..<38).reduce(into: [1]) { powers, _ in powers.append(powers.last! * 10) }

    /// Callers have checked the range.
    init(coefficient: Int128, scale: Int) {
        high = Int64(truncatingIfNeeded: coefficient >> 64)
        low = UInt64(truncatingIfNeeded: coefficient)
        self.scale = scale
    }

    /// Lowest form of coefficient x 10^-scale.
    static func checked(
        _ coefficient: Int128, scale: Int, _ operation: @autoclosure () -> String
    ) throws(TradingError) -> Amount {
        let amount = lowest(coefficient, scale: scale)
        guard amount.scale <= maximumScale, amount.isInRange else {
            throw .amountOutOfRange(operation: operation())
        }
        return amount
    }

    static func lowest(_ coefficient: Int128, scale: Int) -> Amount {
        guard coefficient != 0 else { return .zero }
        var (coefficient, scale) = (coefficient, scale)
        while scale > 0 {
            let (quotient, remainder) = coefficient.quotientAndRemainder(dividingBy: 10)
            guard remainder == 0 else { break }
            (coefficient, scale) = (quotient, scale - 1)
        }
        return Amount(coefficient: coefficient, scale: scale)
    }

    /// False only for the mark that an overflowing sum leaves behind.
    var isInRange: Bool {
        coefficient.magnitude < (Amount.limit * Amount.powers[scale]).magnitude
    }

    /// An integer. Beyond ±10^14 it becomes the out-of-range mark.
    public init(_ integer: Int) {
        self.init(coefficient: max(-Amount.limit, min(Amount.limit, Int128(integer))), scale: 0)
    }

    /// Exact: no amount but 0 is zero.
    public var isZero: Bool { coefficient == 0 }
    /// Whether it is below 0.
    public var isNegative: Bool { coefficient < 0 }
    /// Whether it is above 0.
    public var isPositive: Bool { coefficient > 0 }
    /// The amount without its sign.
    public var magnitude: Amount { isNegative ? -self : self }

    /// The coefficient at a scale not below the own one, up to `maximumScale`; fits because of the range.
    func aligned(to scale: Int) -> Int128 { coefficient * Amount.powers[scale - self.scale] }
}

extension Amount: Comparable {
    /// Compares values exactly, whatever their scales.
    public static func < (left: Amount, right: Amount) -> Bool {
        let scale = max(left.scale, right.scale)
        return left.aligned(to: scale) < right.aligned(to: scale)
    }

    /// Exact within the range; beyond it the out-of-range mark, which keeps the sum's sign.
    public static func + (left: Amount, right: Amount) -> Amount {
        let scale = max(left.scale, right.scale)
        // Two values below 10^37 each: the sum fits an Int128.
        let sum = lowest(left.aligned(to: scale) + right.aligned(to: scale), scale: scale)
        guard left.isInRange, right.isInRange, sum.isInRange else {
            let sign: Int128 = (left.isInRange ? (right.isInRange ? sum : right) : left).isNegative ? -1 : 1
            return Amount(coefficient: sign * limit, scale: 0)
        }
        return sum
    }

    /// Exact within the range; beyond it the out-of-range mark.
    public static func - (left: Amount, right: Amount) -> Amount { left + -right }

    /// Exact; never leaves the range.
    public static prefix func - (amount: Amount) -> Amount {
        Amount(coefficient: -amount.coefficient, scale: amount.scale)
    }
}

extension Amount {
    /// The exact product. Throws `amountOutOfRange` when it needs more than 23 decimals or reaches ±10^14.
    public func times(_ other: Amount) throws(TradingError) -> Amount {
        func operation() -> String { "\(self) x \(other)" }
        let (product, overflow) = coefficient.multipliedReportingOverflow(by: other.coefficient)
        guard !overflow, isInRange, other.isInRange else { throw .amountOutOfRange(operation: operation()) }
        return try Amount.checked(product, scale: scale + other.scale, operation())
    }

    /// The quotient cut toward zero after `scale` decimals (0 to 23).
    public func divided(by other: Amount, scale: Int) throws(TradingError) -> Amount {
        try times(Amount(1), over: other, scale: scale)
    }

    /// self x factor / divisor, cut toward zero after `scale` decimals (0 to 23), rounded once: the product keeps twice
    /// the width.
    public func times(_ factor: Amount, over divisor: Amount, scale: Int) throws(TradingError) -> Amount {
        func operation() -> String { "\(self) x \(factor) / \(divisor)" }
        guard !divisor.isZero else { throw .divisionByZero(operation: operation()) }
        guard (0...Amount.maximumScale).contains(scale), isInRange, factor.isInRange, divisor.isInRange else {
            throw .amountOutOfRange(operation: operation())
        }
        let shift = scale + divisor.scale - self.scale - factor.scale
        let (left, rest) = Amount.raised(coefficient.magnitude, by: max(0, shift))
        let (right, excess) = Amount.raised(factor.coefficient.magnitude, by: rest)
        let (below, cut) = Amount.raised(divisor.coefficient.magnitude, by: max(0, -shift))
        let product = left.multipliedFullWidth(by: right)
        // A quotient that does not fit would trap.
        guard excess == 0 || isZero || factor.isZero, product.high < below,
            let quotient = Int128(exactly: below.dividingFullWidth(product).quotient)
        else { throw .amountOutOfRange(operation: operation()) }
        let magnitude = cut < 39 ? quotient / Amount.powers[cut] : 0
        let isPositive = (isNegative != factor.isNegative) == divisor.isNegative
        return try Amount.checked(isPositive ? magnitude : -magnitude, scale: scale, operation())
    }

    /// `number` times ten to as much of `power` as fits, and the part of `power` that is left.
    private static func raised(_ number: UInt128, by power: Int) -> (UInt128, rest: Int) {
        var (number, rest) = (number, power)
        while rest > 0 {
            let (next, overflow) = number.multipliedReportingOverflow(by: 10)
            if overflow { break }
            (number, rest) = (next, rest - 1)
        }
        return (number, rest)
    }

    /// The largest multiple of `increment` that is not above this value: sizes, and limit prices of buys.
    public func floored(to increment: Amount) throws(TradingError) -> Amount {
        try multiple(of: increment) { _, _ in false }
    }

    /// The smallest multiple of `increment` that is not below this value: limit prices of sells.
    public func ceiled(to increment: Amount) throws(TradingError) -> Amount {
        try multiple(of: increment) { excess, _ in excess > 0 }
    }

    /// The nearest multiple of `increment`, halves away from zero. For display and imports, never for an order's size.
    public func rounded(to increment: Amount) throws(TradingError) -> Amount {
        guard !isNegative else { return try -(-self).rounded(to: increment) }
        return try multiple(of: increment) { excess, step in excess >= step - excess }
    }

    /// The multiple at or below this value, or the next one when `up(excess over it, increment)`.
    private func multiple(of increment: Amount, up: (Int128, Int128) -> Bool) throws(TradingError) -> Amount {
        guard increment.isPositive else { throw .incrementNotPositive(increment: increment.description) }
        func operation() -> String { "rounding \(self) to multiples of \(increment)" }
        guard isInRange, increment.isInRange else { throw .amountOutOfRange(operation: operation()) }
        let common = max(scale, increment.scale)
        let (value, step) = (aligned(to: common), increment.aligned(to: common))
        let remainder = value % step
        let excess = remainder < 0 ? remainder + step : remainder
        let below = value - excess
        return try Amount.checked(up(excess, step) ? below + step : below, scale: common, operation())
    }

    /// Half of it, exact but for a 24th decimal, which is cut.
    var halved: Amount {
        if scale < Amount.maximumScale { return Amount.lowest(coefficient * 5, scale: scale + 1) }
        return Amount.lowest(coefficient / 2, scale: scale)
    }
}
