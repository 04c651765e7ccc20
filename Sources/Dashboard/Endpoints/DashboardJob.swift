/// The jobs that the API enqueues. Which kind and queue each has is the composition's to know.
public enum DashboardJob: Sendable, CaseIterable {
    /// Fills the cache, scans the market, keeps candles.
    case cacheRefresh
    /// Evaluates one bot.
    case evaluation
    /// Learns weights of signals.
    case rebalance
}
