import Foundation

/// What the figures mean, in sentences that the dashboard shows.
extension PairScore {
    /// What the volume means for the price of an order.
    public var liquiditySentence: String {
        let volume = String(format: "$%.1fM", volumeMillions)
        return switch risk {
        case .low: "Excellent liquidity (\(volume)) ensures minimal slippage"
        case .medium: "Good liquidity (\(volume)) suitable for automated trading"
        case .high: "Lower liquidity (\(volume)) may cause higher slippage"
        }
    }

    /// What the move of the price means: below 3 % little, above 10 % much.
    public var volatilitySentence: String {
        let change = Self.percent(priceChange)
        return switch abs(priceChange) {
        case ..<3: "Low volatility (\(change)) may limit trading opportunities"
        case ...10: "Moderate volatility (\(change)) provides good trading potential"
        default: "High volatility (\(change)) brings more opportunities and more risk"
        }
    }

    /// What the change of the volume means: above 20 % strong.
    public var momentumSentence: String {
        let change = Self.percent(volumeChange)
        if volumeChange > 20 { return "Strong momentum (\(change)) indicates growing interest" }
        if volumeChange > 0 { return "Positive momentum (\(change)) shows increasing activity" }
        return "Declining momentum (\(change)) suggests less interest"
    }

    /// How much a trade buys: a whole unit or more, or a part of one.
    public var positionSentence: String {
        let trade = "per $\(Int(Self.positionDollars)) trade"
        return positionTokens >= 1
            ? "Low-value asset: " + String(format: "%.1f", positionTokens) + " tokens \(trade)"
            : "High-value asset: " + String(format: "%.3f", positionTokens) + " tokens \(trade)"
    }

    private static func percent(_ value: Double) -> String { String(format: "%+.1f%%", value) }
}
