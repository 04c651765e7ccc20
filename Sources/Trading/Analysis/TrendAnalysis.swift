/// A product's trend over an hour, a day and a week, as the Python system judges it: shown on pages, and the source of
/// thresholds and sizes under legacy scoring.
public struct TrendAnalysis: Sendable, Equatable {
    /// -1 (falling) to 1 (rising): the mean momentum of the windows, weighted 0.3, 0.4, 0.3.
    public let strength: Double
    /// 0 to 1; 0.55 when nothing is known.
    public let confidence: Double
    /// What |strength| x confidence comes to.
    public let regime: TrendRegime
    /// Of 50 hourly candles.
    public let alignment: AverageAlignment
    /// Whether the volume of the last day goes with the strength.
    public let isVolumeConfirmed: Bool
    /// Twelve candles of five minutes.
    public let short: TrendWindow
    /// 24 candles of an hour.
    public let medium: TrendWindow
    /// Seven candles of a day.
    public let long: TrendWindow

    /// As it was stored. Checks nothing.
    public init(
        strength: Double, confidence: Double, regime: TrendRegime, alignment: AverageAlignment,
        isVolumeConfirmed: Bool, short: TrendWindow, medium: TrendWindow, long: TrendWindow
    ) {
        self.strength = strength
        self.confidence = confidence
        self.regime = regime
        self.alignment = alignment
        self.isVolumeConfirmed = isVolumeConfirmed
        (self.short, self.medium, self.long) = (short, medium, long)
    }

    /// Candles are oldest first, finished and without holes; the newest of each count. Windows with fewer than three
    /// are left out.
    public init(fiveMinutes: [Candle], hours: [Candle], days: [Candle]) {
        let day = hours.suffix(Self.hoursCount)
        short = TrendWindow(closes: fiveMinutes.suffix(Self.fiveMinutesCount).map(\.close))
        medium = TrendWindow(closes: day.map(\.close))
        long = TrendWindow(closes: days.suffix(Self.daysCount).map(\.close))
        let usable = [(0.3, short), (0.4, medium), (0.3, long)].filter { $0.1.isUsable }
        let weight = usable.reduce(0) { $0 + $1.0 }
        let sum = usable.reduce(0) { $0 + $1.0 * $1.1.momentum }
        strength = weight > 0 ? max(-1, min(1, sum / weight)) : 0
        alignment = AverageAlignment(hourlyCloses: hours.map(\.close))
        isVolumeConfirmed = Self.isConfirmed(abs(strength), by: day.map(\.volume))
        confidence = Self.confidence(
            momenta: usable.map(\.1.momentum), isAligned: alignment != .neutral, isVolumeConfirmed)
        regime = TrendRegime(conviction: abs(strength) * confidence)
    }

    /// What is said of a product of which no candle is known.
    public static let unknown = TrendAnalysis(fiveMinutes: [], hours: [], days: [])

    /// Newest candles of each granularity that are looked at, beside the hours of `AverageAlignment`.
    public static let fiveMinutesCount = 12
    static let hoursCount = 24
    /// As `fiveMinutesCount`.
    public static let daysCount = 7

    /// Volume of the last six hours over that of the first six: a strong trend needs more, a weak one not much less.
    private static func isConfirmed(_ magnitude: Double, by volumes: [Double]) -> Bool {
        guard volumes.count >= 12 else { return false }
        func mean(_ values: ArraySlice<Double>) -> Double { values.reduce(0, +) / Double(values.count) }
        let before = mean(volumes.prefix(6))
        let change = before > 0 ? mean(volumes.suffix(6)) / before - 1 : 0
        if magnitude > 0.3 { return change > 0.1 }
        return magnitude > 0.1 ? change > -0.2 : true
    }

    private static func confidence(momenta: [Double], isAligned: Bool, _ isVolumeConfirmed: Bool) -> Double {
        var confidence = 0.5
        if momenta.count >= 2 {
            let (up, down) = (momenta.count { $0 > 0.1 }, momenta.count { $0 < -0.1 })
            if max(up, down) >= 2 { confidence += 0.3 } else if up + down < momenta.count { confidence += 0.1 }
        }
        confidence += isAligned ? 0.15 : 0.05
        if isVolumeConfirmed { confidence += 0.05 }
        return max(0, min(1, confidence))
    }
}
