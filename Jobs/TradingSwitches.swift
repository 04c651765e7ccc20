import JobQueue
import Worker

/// What an installation lets its jobs do. A worker goes by what held when it started.
public struct TradingSwitches: Sendable, Equatable {
    /// `TRADING_ENABLED`. When false, jobs that would place an order wait, unspent, until a worker may place it or they
    /// expire; orders that were placed are settled all the same.
    public var placesOrders: Bool
    /// `CACHE_ENABLED`. When false, nothing is written to the market cache or read from it, and nothing else is asked
    /// instead: decisions hold.
    public var usesCache: Bool

    /// The defaults let jobs do everything.
    public init(placesOrders: Bool = true, usesCache: Bool = true) {
        self.placesOrders = placesOrders
        self.usesCache = usesCache
    }

    /// The settings that are off, by name.
    public var off: [String] { (placesOrders ? [] : ["TRADING_ENABLED"]) + (usesCache ? [] : ["CACHE_ENABLED"]) }

    /// Why nothing is decided and nothing refreshed: a reason code of results and of the history.
    static let cacheDisabled = "CACHE_DISABLED"

    /// - Throws: `JobStop.postpone` when no order may be placed; not beyond the time at which the job expires, so that
    ///   it expires as any other.
    func checkOrders(_ context: JobContext) async throws {
        guard !placesOrders else { return }
        throw try await JobStop.held(context, because: "TRADING_ENABLED is false: no order is placed")
    }
}
