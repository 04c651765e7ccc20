import Synchronization

/// Adds up the spent tokens of a bucket, and reports when they exceed its rate and burst.
final class TokenInvariants: Sendable {
    private struct State {
        /// Spent tokens, and returned ones as negative numbers; by the bucket's own clock, which never goes back, unix
        /// ms.
        var moves: [(at: Int64, tokens: Int)] = []
        /// The newest take of each process among them.
        var takes: [LifeID: Int] = [:]
        var total = 0
        var clock: Int64 = 0
        var closedUntil: Int64 = 0
        /// Whether the callers' clock was set back: then the bucket's own time, in which it is closed, cannot be
        /// derived from requests any more.
        var wasSetBack = false
    }

    private let name: String
    private let state = Mutex(State())

    /// - Parameter name: of the bucket.
    init(of name: String) { self.name = name }

    /// Called when Redis has answered a take.
    /// - Parameter now: the time that the request named, unix ms.
    /// - Parameter own: the bucket's own time, as Redis answered, unix ms.
    func asked(now: Int64, own: Int64) {
        state.withLock { state in
            // As take_tokens.lua does: a second behind is another process' reading.
            if now < state.clock - 1_000 { state.wasSetBack = true }
            state.clock = max(state.clock, own)
        }
    }

    /// Called when a process got tokens, which it spends or gives back.
    func took(_ tokens: Int, by life: LifeID, now: Int64) -> String? {
        state.withLock { state in
            state.takes[life] = state.moves.count
            state.moves.append((at: state.clock, tokens: tokens))
            state.total += tokens
            guard now < state.closedUntil, !state.wasSetBack else { return nil }
            return "bucket \(name) gave \(tokens) tokens while it was closed until \(state.closedUntil)"
        }
    }

    /// Called when tokens of the newest take of a process are back in the bucket, unused.
    func gaveBack(_ tokens: Int, by life: LifeID) {
        state.withLock { state in
            guard let take = state.takes[life] else { return }
            state.moves[take].tokens -= tokens
            state.total -= tokens
            // A token that is returned after the bucket has filled up exceeds the burst.
            state.moves.append((at: state.clock, tokens: -tokens))
        }
    }

    func closed(until time: Int64) { state.withLock { $0.closedUntil = max($0.closedUntil, time) } }

    /// The first window in which more was spent than its length allows.
    /// - Parameter rate: tokens a second.
    func excess(rate: Double, burst: Int) -> String? {
        state.withLock { state in
            var level = 0.0
            var last: Int64?
            for (at, tokens) in state.moves {
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

    var total: Int { state.withLock { $0.total } }
}
