import Synchronization

/// How often readers found what they looked for in the cache.
public struct CacheStatistics: Sendable, Equatable {
    /// Values that were there.
    public var hits: Int
    /// Values that were missing.
    public var misses: Int

    /// Checks nothing.
    public init(hits: Int = 0, misses: Int = 0) {
        self.hits = hits
        self.misses = misses
    }

    /// 0 to 100, with two decimals; 0 before anything was read.
    public var hitPercent: Double {
        let (reads, overflow) = hits.addingReportingOverflow(misses)
        guard reads > 0, !overflow else { return 0 }
        return (100 * Double(hits) / Double(reads) * 100).rounded() / 100
    }
}

/// Reads of this process that are not yet counted in Redis; shared by all copies of one cache.
final class CacheReads: Sendable {
    private let pending = Mutex(CacheStatistics())

    /// Hands over what is pending: the caller counts it in Redis, or adds it again.
    func take() -> CacheStatistics {
        pending.withLock { pending in
            defer { pending = CacheStatistics() }
            return pending
        }
    }

    func add(_ reads: CacheStatistics) {
        pending.withLock { pending in
            pending.hits &+= reads.hits
            pending.misses &+= reads.misses
        }
    }
}
