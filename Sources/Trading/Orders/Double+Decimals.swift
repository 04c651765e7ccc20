import Foundation

/// Numbers as pages show them. Never on the way to an order: see `Amount`.
extension Double {
    /// Text with so many decimals: the exact binary value rounded to the nearest, halves to even.
    func fixed(_ decimals: Int) -> String { String(format: "%.\(decimals)f", self) }

    /// The number that `fixed` writes.
    func rounded(decimals: Int) -> Double { isFinite ? Double(fixed(decimals)) ?? self : self }
}
