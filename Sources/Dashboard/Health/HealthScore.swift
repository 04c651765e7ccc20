/// How well the fleet is, as one number: 1 when all is well.
///
/// The weights are our own, but for the events: three of them cost 0.15, as in the old backend.
struct HealthScore: Sendable, Equatable {
    /// 0 to 1, with two decimals.
    let value: Double

    private static let perEvent = 0.05
    private static let mostForEvents = 0.2
    private static let forServices = 0.5
    private static let forBots = 0.3

    /// - Parameters:
    ///   - services: how many there are, and how many of them are not well; bots likewise.
    ///   - events: warnings and errors of the logs.
    init(services: (all: Int, ill: Int), bots: (all: Int, ill: Int), events: Int) {
        func share(_ part: (all: Int, ill: Int)) -> Double { part.all > 0 ? Double(part.ill) / Double(part.all) : 0 }
        let loss =
            min(Self.perEvent * Double(events), Self.mostForEvents) + Self.forServices * share(services)
            + Self.forBots * share(bots)
        value = max(0, ((1 - loss) * 100).rounded() / 100)
    }

    /// A service that is not well makes it less than healthy.
    var status: String {
        if value >= 0.78 { return "healthy" }
        return value >= 0.5 ? "degraded" : "critical"
    }
}
