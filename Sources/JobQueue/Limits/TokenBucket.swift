/// A limit as a token bucket: what may be taken at once, how it fills, and what a window of time may see at the most.
///
/// The bucket alone would let a second see its burst and its rate together, 20 tokens of a limit of 10/s, and a server
/// that counts would refuse the rest. So `take_tokens.lua` also remembers what the last window saw: no window of
/// `windowMilliseconds`, wherever it begins, sees more than the limit says, and the burst only bounds what may be taken
/// at once. What was taken counts for 50 ms more than a second, so that a call may come that much later after its token
/// than another one; a limit of 10/s that is always asked gives 9.5 for it. Reserves hold for both, the bucket and the
/// window: whoever has none gets at most 6 of 10 a second where 4 are reserved and not used. In a window that sees
/// fewer tokens than the burst, reserves count for the same part of it.
public struct TokenBucket: Sendable, Equatable {
    /// The limit's name in the schedule file; part of its Redis keys.
    public var name: String
    /// Tokens a second; 0.001 to 1,000,000.
    public var ratePerSecond: Double
    /// Tokens when full; at least 1.
    public var burst: Int
    /// Tokens that only a class of callers may take, by the name of the class.
    public var reserve: [String: Int]
    /// No window of this length sees more than `max(1, rate × window)` tokens, in whole ones; 0 for none.
    public var windowMilliseconds: Int

    /// - Parameter windowMilliseconds: the time that the limit names, 1000 for 10/s; nil takes a second for a rate of
    ///   at least one a second, and none for a slower one, which no limit per second can mean.
    public init(
        name: String, ratePerSecond: Double, burst: Int, reserve: [String: Int] = [:], windowMilliseconds: Int? = nil
    ) {
        self.name = name
        self.ratePerSecond = ratePerSecond
        self.burst = burst
        self.reserve = reserve
        self.windowMilliseconds = windowMilliseconds ?? Self.window(of: ratePerSecond)
    }

    static func window(of ratePerSecond: Double) -> Int { ratePerSecond >= 1 ? 1_000 : 0 }

    /// Tokens that a class must leave: the reserves of all the others.
    public func floor(for callers: String) -> Int {
        reserve.filter { $0.key != callers }.values.reduce(0, +)
    }

    /// Whether tokens are kept for a class.
    func keeps(for callers: String) -> Bool { (reserve[callers] ?? 0) > 0 }
}

/// What one job takes from a limit.
public struct LimitUse: Sendable, Equatable {
    /// The name of a bucket; a name that the limiter does not know limits nothing.
    public var name: String
    /// Tokens, at least 1.
    public var cost: Int

    /// `RateLimiter.take` throws for a cost that is not within 1 to 1,000,000.
    public init(name: String, cost: Int = 1) {
        self.name = name
        self.cost = cost
    }
}

/// What the buckets gave.
public struct TokenAnswer: Sendable, Equatable {
    /// Jobs, or tokens of a single bucket.
    public let taken: Int
    /// How long until the least number wanted could be there; 0 when something was taken.
    public let waitMilliseconds: Int
    /// What the scarcest of the buckets holds now.
    public let available: Double
    /// When, in each bucket's own time, and for which class: what giving back has to know.
    let times: [String: Int]
    let callers: String
}

/// What a bucket holds, and by which rate it fills.
public struct BucketLevel: Sendable, Equatable {
    /// With the rate, burst and window that count now.
    public let bucket: TokenBucket
    /// Whether operators have set them, instead of the file.
    public let isSet: Bool
    /// Tokens there now.
    public let available: Double
    /// How long it gives none, because a server refused us; 0 when it is open.
    public let closedMilliseconds: Int64

    /// - Parameters:
    ///   - held: tokens in millionths, their time, the clock's last reading if it was set back, and until when the
    ///     bucket is closed, as stored.
    ///   - set: rate and burst in millionths and the window, as stored.
    init(_ bucket: TokenBucket, held: [Int?], set: [Int?], now: Int64) {
        var bucket = bucket
        isSet = set.contains { $0 != nil }
        if let rate = set[0] { bucket.ratePerSecond = Double(rate) / 1_000_000 }
        if let burst = set[1] { bucket.burst = burst / 1_000_000 }
        if let window = set[2] { bucket.windowMilliseconds = window }
        self.bucket = bucket
        guard let tokens = held[0], let at = held[1].map(Int64.init) else {
            available = Double(bucket.burst)
            closedMilliseconds = 0
            return
        }
        // The bucket's own time, as in take_tokens.lua.
        var time = max(now, at)
        if at - now > 1_000, let back = held[2].map(Int64.init) { time += max(0, now - back) }
        let closed = Int64(held[3] ?? 0)
        closedMilliseconds = max(0, closed - time)
        let grown = Double(max(0, time - max(at, closed))) / 1_000 * bucket.ratePerSecond
        available = min(Double(bucket.burst), Double(tokens) / 1_000_000 + grown)
    }
}
