import JobQueue

/// What is wrong with a wish for other numbers of processes; nothing was changed.
public enum ScaleError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Not `POOL=N`, or a pool twice.
    case badWish(String, why: String)
    /// The schedule has no such pool.
    case unknownPool(String, known: [String])
    /// Outside of the pool's bounds.
    case outOfBounds(pool: String, processes: Int, bounds: ClosedRange<Int>, isAutoscaled: Bool)
    /// Somebody else has changed the number meanwhile; nil for back to the schedule's.
    case changed(pool: String, processes: Int?)

    /// What is wrong, and what would be right.
    public var description: String {
        switch self {
        case .badWish(let wish, let why): "'\(PlainText.line(wish))' \(why)"
        case .unknownPool(let name, let known):
            if let near = SpellingSuggestion.suggestion(for: name, among: known) {
                "No pool is called '\(PlainText.line(name))' in the active schedule. Did you mean \(near)?"
            } else {
                "No pool is called '\(PlainText.line(name))' in the active schedule. Use one of: "
                    + "\(known.isEmpty ? "none" : known.joined(separator: ", "))."
            }
        case .outOfBounds(let pool, let processes, let bounds, let isAutoscaled):
            "Pool '\(pool)' cannot have \(processes) processes. Use \(bounds.lowerBound) to \(bounds.upperBound)"
                + (isAutoscaled ? ", or change its autoscale in schedules.yaml." : ".")
        case .changed(let pool, let processes):
            "Pool '\(pool)' was changed by somebody else meanwhile, to "
                + "\(processes.map { "\($0) processes" } ?? "the schedule's number"). Nothing was changed here. "
                + "Look at 'flotilla scale', and say it again if you still want it."
        }
    }
}
