import Synchronization

/// Adds up spent tokens, and reports when they exceed the rate and burst of a bucket.
final class TokenInvariants: Sendable {
    private struct Bucket {
        /// Spent tokens, and returned ones as negative numbers; by the bucket's own clock, which never goes back, unix
        /// ms.
        var moves: [(at: Int64, tokens: Int)] = []
        var total = 0
        var clock: Int64 = 0
        var closedUntil: Int64 = 0
        /// Whether the callers' clock was set back: then the bucket's own time, in which it is closed, cannot be
        /// derived from requests any more.
        var wasSetBack = false
    }

    private let buckets = Mutex<[String: Bucket]>([:])

    /// Called when Redis has answered a take; the caller may have tokens that it does not spend.
    /// - Parameter now: the time that the request named, unix ms.
    /// - Parameter own: the bucket's own time, as Redis answered, unix ms.
    func asked(_ name: String, now: Int64, own: Int64) {
        buckets.withLock { buckets in
            var bucket = buckets[name] ?? Bucket()
            // As take_tokens.lua does: a second behind is another process' reading.
            if now < bucket.clock - 1_000 { bucket.wasSetBack = true }
            bucket.clock = max(bucket.clock, own)
            buckets[name] = bucket
        }
    }

    /// - Returns: the number of this take, for `unused`; and its violation, if any.
    func took(_ name: String, _ tokens: Int, now: Int64) -> (entry: Int, violation: String?) {
        buckets.withLock { buckets in
            var bucket = buckets[name] ?? Bucket()
            defer { buckets[name] = bucket }
            bucket.moves.append((at: bucket.clock, tokens: tokens))
            bucket.total += tokens
            let entry = bucket.moves.count - 1
            guard now < bucket.closedUntil, !bucket.wasSetBack else { return (entry, nil) }
            return (entry, "bucket \(name) gave \(tokens) tokens while it was closed until \(bucket.closedUntil)")
        }
    }

    func unused(_ name: String, entry: Int, _ tokens: Int) {
        buckets.withLock { buckets in
            guard var bucket = buckets[name] else { return }
            bucket.moves[entry].tokens -= tokens
            bucket.total -= tokens
            buckets[name] = bucket
        }
    }

    /// Called when unused tokens are back in the bucket, or may be.
    func returned(_ name: String, _ tokens: Int) {
        buckets.withLock { buckets in
            guard var bucket = buckets[name] else { return }
            // A token that is returned after the bucket has filled up exceeds the burst.
            bucket.moves.append((at: bucket.clock, tokens: -tokens))
            buckets[name] = bucket
        }
    }

    func closed(_ name: String, until time: Int64) {
        buckets.withLock { $0[name, default: Bucket()].closedUntil = max($0[name]?.closedUntil ?? 0, time) }
    }

    /// The first window in which more was spent than its length allows.
    /// - Parameter rate: tokens a second.
    func excess(of name: String, rate: Double, burst: Int) -> String? {
        buckets.withLock { buckets in
            var level = 0.0
            var last: Int64?
            for (at, tokens) in buckets[name]?.moves ?? [] {
                // A leaky bucket: an overflow means that some window up to this moment holds too many tokens.
                level = max(0, max(0, level - Double(at - (last ?? at)) / 1_000 * rate) + Double(tokens))
                last = at
                if level > Double(burst) + 0.001 {
                    return "bucket \(name) gave \(level) tokens up to \(at) where \(burst) and \(rate)/s are allowed"
                }
            }
            return nil
        }
    }

    func total(of name: String) -> Int {
        buckets.withLock { $0[name]?.total ?? 0 }
    }
}
