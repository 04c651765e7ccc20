import Synchronization

/// Task ids and stamps that are not to run, as a node remembers them: at most 50,000 ids, each for three hours.
package final class RevokedTasks: Sendable {
    /// When an id was revoked last.
    private struct Mark {
        /// Unix ms.
        let at: Int64
        /// Which of all revocations it was: several may have one time.
        let number: Int
    }

    private struct State {
        var marks: [String: Mark] = [:]
        /// Ids in the order in which they came; an id revoked again stands twice, and only the last counts.
        var order: [(id: String, number: Int)] = []
        var first = 0
        var revocations = 0
        var stamps: [String: Set<String>] = [:]

        func counts(_ entry: (id: String, number: Int)) -> Bool { marks[entry.id]?.number == entry.number }
    }

    private let state = Mutex(State())
    /// Whether anything is revoked at all, so that asking costs one load while nothing is.
    private let holdsAny = Atomic<Bool>(false)

    /// Ids kept; the oldest goes first.
    package static let limit = 50_000
    /// Milliseconds that an id is kept.
    package static let lifetime: Int64 = 3 * 3600 * 1000
    /// Stamp values kept in all; Celery has no limit.
    package static let stampLimit = 10_000

    /// Nothing is revoked.
    package init() {}

    /// Remembers ids.
    /// - Parameter now: unix ms.
    package func add(_ ids: some Sequence<String>, now: Int64) {
        state.withLock { state in
            for id in ids {
                state.revocations += 1
                state.marks[id] = Mark(at: now, number: state.revocations)
                state.order.append((id, state.revocations))
            }
            Self.prune(&state, now: now)
            holdsAny.store(!state.marks.isEmpty || !state.stamps.isEmpty, ordering: .relaxed)
        }
    }

    /// Remembers values of a stamped header; beyond `stampLimit` values nothing is added.
    package func add(stamp header: String, values: [String]) {
        state.withLock { state in
            let held = state.stamps.values.reduce(0) { $0 + $1.count }
            guard held + values.count <= Self.stampLimit else { return }
            state.stamps[header, default: []].formUnion(values)
            holdsAny.store(true, ordering: .relaxed)
        }
    }

    /// Whether a task is not to run.
    /// - Parameters:
    ///   - stamps: its stamped headers.
    ///   - now: unix ms.
    package func contains(_ id: String, stamps: [String: [String]] = [:], now: Int64) -> Bool {
        guard holdsAny.load(ordering: .relaxed) else { return false }
        return state.withLock { state in
            if let mark = state.marks[id], mark.at > now - Self.lifetime { return true }
            return stamps.contains { header, values in
                state.stamps[header].map { !$0.isDisjoint(with: values) } ?? false
            }
        }
    }

    /// The ids, oldest first.
    /// - Parameter now: unix ms.
    package func ids(now: Int64) -> [String] {
        state.withLock { state in
            Self.prune(&state, now: now)
            return state.order[state.first...].filter(state.counts).map(\.id)
        }
    }

    private static func prune(_ state: inout State, now: Int64) {
        while state.first < state.order.count {
            let entry = state.order[state.first]
            if state.counts(entry), let mark = state.marks[entry.id] {
                guard state.marks.count > limit || mark.at <= now - lifetime else { break }
                state.marks[entry.id] = nil
            }
            state.first += 1
        }
        // Compacted now and then, so that each id costs a constant on average.
        if state.first > 1000, state.first * 2 > state.order.count {
            state.order.removeFirst(state.first)
            state.first = 0
        }
        if state.order.count > 3 * limit {
            state.order = state.order[state.first...].filter(state.counts)
            state.first = 0
        }
    }
}
