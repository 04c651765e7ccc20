public import Forecast

/// What a limit is asked for by the schedule: in plans and simulations.
public struct LimitLoadDocument: Encodable, Sendable {
    let name: String
    let windowMs: Int64
    let capacity, reserved, peak: Int
    let peakAt: DocumentTime
    let othersPeak: Int
    let othersPeakAt: DocumentTime
    let averagePerS, averageAtMostPerS: Double
    let owners: [Owner]
    let excesses: [String]

    /// Takes all of it.
    public init(_ limit: LimitLoad) {
        name = limit.name
        windowMs = limit.windowMilliseconds
        capacity = limit.capacity
        reserved = limit.reserved
        peak = limit.peak
        peakAt = DocumentTime(limit.peakAt)
        othersPeak = limit.othersPeak
        othersPeakAt = DocumentTime(limit.othersPeakAt)
        averagePerS = limit.average
        averageAtMostPerS = limit.mostAverage
        owners = limit.owners.map {
            Owner(name: $0.name, averageAtMostPerS: $0.mostAverage, reservePerS: $0.reserve)
        }
        excesses = limit.excesses.map(\.rawValue)
    }

    enum CodingKeys: String, CodingKey {
        case name
        case windowMs = "window_ms"
        case capacity, reserved, peak
        case peakAt = "peak_at"
        case othersPeak = "others_peak"
        case othersPeakAt = "others_peak_at"
        case averagePerS = "average_per_s"
        case averageAtMostPerS = "average_at_most_per_s"
        case owners, excesses
    }

    struct Owner: Encodable, Sendable {
        let name: String
        let averageAtMostPerS, reservePerS: Double

        enum CodingKeys: String, CodingKey {
            case name
            case averageAtMostPerS = "average_at_most_per_s"
            case reservePerS = "reserve_per_s"
        }
    }
}
