import NIOCore

extension TimeAmount {
    /// Whole nanoseconds; at most 100 years, so that adding it to a deadline cannot overflow.
    init(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        let bounded = min(max(seconds, 0), 3_153_600_000)
        self = .nanoseconds(bounded * 1_000_000_000 + max(attoseconds, 0) / 1_000_000_000)
    }
}
