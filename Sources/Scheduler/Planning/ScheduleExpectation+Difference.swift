public import ScheduleConfiguration

/// Whether a schedule does what is expected of it.
extension ScheduleExpectation {
    /// How an expectation differs from the schedule.
    public struct Difference: Sendable, Equatable {
        /// Expected, and not ticks.
        public var missing: [Int64] = []
        /// Ticks that were not expected, or were said not to be.
        public var surplus: [Int64] = []

        /// Whether the schedule does what was expected.
        public var isEmpty: Bool { missing.isEmpty && surplus.isEmpty }
    }

    /// Ticks compared at most, so that a long `until` cannot run away.
    static let limit = 10_000

    /// Compares ticks that count with the expected times; at most 10,000 ticks. Pure.
    public func difference() -> Difference {
        let isBounded = until != nil
        let last = until.map { $0 - 1 } ?? .max
        let ticks = Set(ticks(through: last, limit: isBounded ? Self.limit : min(expect.count, Self.limit)))
        let wanted = Set(expect)
        // Without an end, a tick that is missing pulls a later one into the comparison; it is not at fault.
        let end = isBounded ? last : (expect.last ?? from)
        let denied = not.filter { entry.next(after: $0 - 1) == $0 && entry.closedBecause(at: $0) == nil }
        return Difference(
            missing: wanted.subtracting(ticks).sorted(),
            surplus: ticks.subtracting(wanted).filter { $0 <= end }.union(denied).sorted())
    }

    /// The ticks that count, from `from` on; an entry that is closed for long is not searched for ever.
    private func ticks(through last: Int64, limit: Int) -> [Int64] {
        var ticks: [Int64] = []
        var cursor = from - 1
        var looks = 0
        while ticks.count < limit, looks < Self.limit * 10, let tick = entry.next(after: cursor), tick <= last {
            if entry.closedBecause(at: tick) == nil { ticks.append(tick) }
            cursor = tick
            looks += 1
        }
        return ticks
    }
}
