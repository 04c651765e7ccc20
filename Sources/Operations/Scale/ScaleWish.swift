public import JobQueue

/// `trading=8` or `trading=default`: how many processes of a pool somebody wants in the whole fleet.
public struct ScaleWish: Sendable, Equatable {
    /// As it was written; it is not checked.
    public let pool: String
    /// Nil for the number of the schedule.
    public let processes: Int?

    /// Reads the words of a command line.
    /// - Throws: `ScaleError.badWish` for what is not `POOL=N`, and for a pool that stands twice.
    public static func read(_ words: [String]) throws(ScaleError) -> [ScaleWish] {
        var wishes: [ScaleWish] = []
        for word in words {
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2, !parts[0].isEmpty else {
                throw .badWish(word, why: "is not POOL=N. Write for example trading=8, or trading=default.")
            }
            guard !wishes.contains(where: { $0.pool == parts[0] }) else {
                throw .badWish(word, why: "names a pool for the second time. Name each once.")
            }
            guard parts[1] != "default" else {
                wishes.append(ScaleWish(pool: parts[0], processes: nil))
                continue
            }
            guard let processes = Int(parts[1]), processes >= 0, parts[1].first != "+" else {
                throw .badWish(
                    word, why: "asks for no number of processes. Write a whole number from 0, or 'default'.")
            }
            wishes.append(ScaleWish(pool: parts[0], processes: processes))
        }
        return wishes
    }

    /// The change that it makes of a pool.
    /// - Throws: `ScaleError` when the schedule has no such pool, or the number is outside of its bounds.
    public func change(
        among pools: [WorkerPool], _ state: FleetState
    ) throws(ScaleError) -> FleetStore.PoolChange {
        guard let entry = pools.first(where: { $0.name == pool }) else {
            throw .unknownPool(pool, known: pools.map(\.name))
        }
        if let processes, !entry.bounds.contains(processes) {
            throw .outOfBounds(
                pool: pool, processes: processes, bounds: entry.bounds, isAutoscaled: entry.autoscale != nil)
        }
        return FleetStore.PoolChange(pool: pool, seen: state.desired[pool], wanted: processes)
    }
}
