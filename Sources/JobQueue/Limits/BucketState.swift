/// A token bucket as a value: the algorithm of `take_tokens.lua`, for plans and simulations without Redis.
///
/// A test makes the same calls to both and compares the answers. Two parts are left out: closing, and the bucket's own
/// time, which a single clock that never goes back does not need.
public struct BucketState: Sendable {
    /// The rate, burst and window of the bucket; they do not change.
    public let bucket: TokenBucket
    /// The most tokens in a window, as a whole number; `.infinity` where the bucket has no window.
    private let limit: Double
    /// How long a token counts in the window, in milliseconds; and the width of a span.
    private let counts, width: Double
    /// Millionths of a token a second.
    private let rate: Double
    /// Millionths, as of `at`.
    private var tokens: Double
    private var at: Int64?
    private var spans: [Span] = []
    private var first = 0

    private struct Span {
        var last: Int64
        var free, kept: Int
    }

    private static let million = 1_000_000.0

    /// A full bucket, with no token spent in its window.
    public init(_ bucket: TokenBucket) {
        self.bucket = bucket
        tokens = Double(bucket.burst) * Self.million
        rate = (bucket.ratePerSecond * Self.million).rounded()
        let window = Double(bucket.windowMilliseconds)
        limit = window == 0 ? .infinity : max(1, (rate * window / 1_000_000_000 + 0.01).rounded(.down))
        width = window / 40
        counts = window == 0 ? 0 : window + min(window / 20, 50)
    }

    /// The most tokens in a window; nil where the bucket has no window.
    public var windowLimit: Int? { limit.isFinite ? Int(limit) : nil }

    /// Tokens that callers without a reserve must leave of such a window.
    public var windowReserve: Int { leave(for: "") }

    /// Whether a class has a reserve of its own.
    public func keeps(for callers: String) -> Bool { bucket.keeps(for: callers) }

    /// The most tokens that callers of a class could take now, by bucket and window; never negative.
    public mutating func available(to callers: String, at now: Int64) -> Int {
        advance(to: now)
        return Int(max(0, min(there(for: callers), room(for: callers, spent()))))
    }

    /// Takes tokens for several jobs, as many as can be served.
    /// - Parameters:
    ///   - cost: tokens of one job.
    ///   - now: unix milliseconds, not before any earlier call's.
    /// - Returns: jobs that are served.
    public mutating func take(cost: Int, most: Int, callers: String, at now: Int64) -> Int {
        let jobs = min(most, available(to: callers, at: now) / cost)
        spend(jobs * cost, callers: callers, at: now)
        return jobs
    }

    /// The tokens that callers without a reserve have left for the other classes, by bucket and window; tokens that
    /// those classes took from the window count as left for them.
    public mutating func leftByOthers(at now: Int64) -> Int {
        advance(to: now)
        return Int(max(0, min((tokens / Self.million).rounded(.down), limit - Double(spent().free))))
    }

    /// How long until one job of that cost could be served; nil for never.
    public mutating func wait(cost: Int, callers: String, at now: Int64) -> Int64? {
        advance(to: now)
        guard cost <= bucket.burst, Double(cost) <= limit else { return nil }
        let missing = Double(cost + bucket.floor(for: callers)) * Self.million - tokens
        var (free, kept) = spent()
        var freed = 0.0
        for span in spans[first...] {
            if room(for: callers, (free, kept)) >= Double(cost) { break }
            (free, kept, freed) = (free - span.free, kept - span.kept, Double(span.last) + counts - Double(now))
        }
        // The reserves of other classes alone may block the call.
        if room(for: callers, (free, kept)) < Double(cost) { freed = counts }
        let grows = max(0, (missing * 1_000 / rate).rounded(.up))
        return Int64(max(freed.rounded(.up), grows))
    }

    /// Records tokens as taken. For several buckets of one job, callers first check all, then call this for each.
    public mutating func spend(_ count: Int, callers: String, at now: Int64) {
        guard count > 0 else { return }
        tokens -= Double(count) * Self.million
        guard counts > 0 else { return }
        if spans.count == first
            || (Double(spans[spans.count - 1].last) / width).rounded(.down)
                != (Double(now) / width).rounded(.down)
        {
            spans.append(Span(last: now, free: 0, kept: 0))
        }
        spans[spans.count - 1].last = now
        if bucket.keeps(for: callers) {
            spans[spans.count - 1].kept += count
        } else {
            spans[spans.count - 1].free += count
        }
    }

    /// Reserves are a part of the burst; of a window with fewer tokens than the burst they are the same fraction.
    private func leave(for callers: String) -> Int {
        guard limit.isFinite else { return bucket.floor(for: callers) }
        return Int((Double(bucket.floor(for: callers)) * min(1, limit / Double(bucket.burst))).rounded(.down))
    }

    private func there(for callers: String) -> Double {
        (tokens / Self.million - Double(bucket.floor(for: callers))).rounded(.down)
    }

    private func room(for callers: String, _ spent: (free: Int, kept: Int)) -> Double {
        guard limit.isFinite else { return .infinity }
        var leave = leave(for: callers)
        if !bucket.keeps(for: callers) { leave = max(0, leave - spent.kept) }
        return limit - Double(spent.free + spent.kept + leave)
    }

    private func spent() -> (free: Int, kept: Int) {
        var sum = (free: 0, kept: 0)
        for span in spans[first...] { sum = (sum.free + span.free, sum.kept + span.kept) }
        return sum
    }

    private mutating func advance(to now: Int64) {
        let grown = Double(max(0, now - (at ?? now))) * rate / 1_000
        tokens = min(Double(bucket.burst) * Self.million, tokens + grown.rounded(.down))
        at = now
        while first < spans.count, Double(spans[first].last) + counts <= Double(now) { first += 1 }
        guard first > 64 else { return }
        spans.removeFirst(first)
        first = 0
    }
}
