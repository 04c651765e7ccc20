/// Length of a candle's slot, in seconds. Coinbase knows no others.
public enum Granularity: Int, Sendable, Codable, CaseIterable {
    case oneMinute = 60
    case fiveMinutes = 300
    case fifteenMinutes = 900
    case thirtyMinutes = 1800
    case oneHour = 3600
    case twoHours = 7200
    case fourHours = 14400
    case sixHours = 21600
    case oneDay = 86400

    /// Length of a slot; every start is a multiple of it.
    public var seconds: Int { rawValue }
}
