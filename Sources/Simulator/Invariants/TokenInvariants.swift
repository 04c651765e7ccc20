import Synchronization

/// Adds up the tokens that were spent, and says when more were than a bucket can give.
final class TokenInvariants: Sendable {
    private struct Bucket {
        /// Tokens that were spent, and, below zero, given back; on the bucket's own clock, which never goes back, unix
        /// ms.
        var moves: [(at: Int64, tokens: Int)] = []
        var total = 0
        var clock: Int64 = 0
        var closedUntil: Int64 = 0
        /// Whether the callers' clock was set back: the bucket's own time, in which it is closed, goes on then, and
        /// cannot be told from requests any more.
        var wasSetBack = false
    }

    private let buckets = Mutex<[String: Bucket]>([:])

    /// Redis has answered somebody, who may have got tokens that nobody spends.
    /// - Parameter now: the time that the request named.
    func asked(_ name: String, now: Int64) {
        buckets.withLock { buckets in
            var bucket = buckets[name] ?? Bucket()
            // As take_tokens.lua does: a second behind is another process' reading.
            if now < bucket.clock - 1_000 { bucket.wasSetBack = true }
            bucket.clock = max(bucket.clock, now)
            buckets[name] = bucket
        }
    }

    /// - Returns: the number of this taking, for `unused`; and what is wrong with it.
    func took(_ name: String, _ tokens: Int, now: Int64) -> (entry: Int, violation: String?) {
        asked(name, now: now)
        return buckets.withLock { buckets in
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

    /// Tokens that were not used are back in the bucket, or may be.
    func returned(_ name: String, _ tokens: Int) {
        buckets.withLock { buckets in
            guard var bucket = buckets[name] else { return }
            // One that comes back after the bucket had filled up is one too many: it lies on top of a full bucket.
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
                // As a bucket that leaks: over its brim means that some window up to here holds too much.
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
