import JobQueue
import Worker

/// Settings that switch off parts of the jobs' work. A worker uses the values from its start.
public struct TradingSwitches: Sendable, Equatable {
    /// `TRADING_ENABLED`. When false, jobs that would place an order are postponed until a worker may place it or they
    /// expire; placed orders are settled all the same.
    public var placesOrders: Bool
    /// `CACHE_ENABLED`. When false, jobs neither write the market cache nor read it, and use no other source instead:
    /// decisions are HOLD.
    public var usesCache: Bool

    /// The defaults switch nothing off.
    public init(placesOrders: Bool = true, usesCache: Bool = true) {
        self.placesOrders = placesOrders
        self.usesCache = usesCache
    }

    /// The settings that are off, by name.
    public var off: [String] { (placesOrders ? [] : ["TRADING_ENABLED"]) + (usesCache ? [] : ["CACHE_ENABLED"]) }

    /// The reason code, in results and the history, of jobs that neither decide nor refresh.
    static let cacheDisabled = "CACHE_DISABLED"

    /// - Throws: `JobStop.postpone` when no order may be placed; not beyond the job's expiry, so that it expires as any
    ///   other.
    func checkOrders(_ context: JobContext) async throws {
        guard !placesOrders else { return }
        throw try await JobStop.held(context, because: "TRADING_ENABLED is false: no order is placed")
    }
}
