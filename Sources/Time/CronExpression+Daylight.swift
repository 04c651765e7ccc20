extension CronExpression {
    /// What becomes of a matching local time that does not exist because the clocks went forward over it.
    public enum GapRule: String, Sendable, CaseIterable {
        /// It runs at the first instant after the gap; all matching times of one gap together run once. With a gap
        /// from 02:00 to 03:00, 02:30 runs at 03:00.
        case runAfter = "run-after"
        /// It runs later by the length of the gap, as if the clocks had not been changed: 02:30 runs at 03:30. A time
        /// that matches there anyway runs once.
        case shift
        /// It does not run.
        case skip
    }

    /// What becomes of a matching local time that exists twice because the clocks went back over it.
    public enum OverlapHourRule: String, Sendable, CaseIterable {
        /// It runs in the first pass only.
        case first
        /// It runs in the second pass only.
        case last
        /// It runs in both.
        case both
    }

    /// What a change of the clocks did to a run.
    public enum DaylightNote: Sendable, Equatable {
        /// The run was meant for a local time that does not exist; `meant` is the first such time.
        case gap(meant: CivilTime)
        /// The local time comes again, and does not run then.
        case secondPassSkipped
        /// The local time came before, and did not run then.
        case firstPassSkipped
    }

    /// - Parameter unix: a time of `next`.
    /// - Returns: nil for a run that no change of the clocks affects.
    public func daylightNote(at unix: Int64, in zone: TimeZoneRules) -> DaylightNote? {
        let segment = zone.segment(at: unix)
        let before = Edges(of: segment, near: unix, in: zone).before ?? segment.offset
        let wall = unix + segment.offset
        guard firstLocal(from: wall) == wall else {
            let meant = firstLocal(from: gap == .shift ? unix + before : segment.start + before)
            return before < segment.offset ? meant.map { .gap(meant: CivilTime(secondsSinceEpoch: $0)) } : nil
        }
        let comesAgain = segment.end < .max && wall >= segment.end + zone.segment(at: segment.end).offset
        if comesAgain { return overlapHour == .first ? .secondPassSkipped : nil }
        let cameBefore = before > segment.offset && wall < segment.start + before
        return cameBefore && overlapHour == .last ? .firstPassSkipped : nil
    }

    /// The local times that a run was meant for.
    public struct Meant: Sendable {
        /// Whether it is the one that the clock shows.
        public var isMeantAsShown = true
        /// Times that the clocks skipped, seconds since 1970 on the wall clock, of which one at least matches.
        public var gap: Range<Int64>?
        /// Whether this run, or another one near, was moved by a gap.
        public var mayBeMoved = false
    }

    /// The local times that a run was meant for; others than the one that the clock shows only after a gap.
    /// - Parameter unix: a time of `next`.
    public func meant(at unix: Int64, in zone: TimeZoneRules) -> Meant {
        let segment = zone.segment(at: unix)
        guard gap != .skip, let before = Edges(of: segment, near: unix, in: zone).before, before < segment.offset else {
            return Meant()
        }
        let wall = unix + segment.offset
        let skipped = (segment.start + before)..<(segment.start + segment.offset)
        // Where a run that was moved by the length of the gap came from.
        let source = gap == .shift ? unix + before : segment.start + before
        guard gap == .shift ? skipped.contains(source) : unix == segment.start else { return Meant() }
        var meant = Meant(isMeantAsShown: firstLocal(from: wall) == wall, mayBeMoved: true)
        let range = gap == .shift ? source..<(source + 1) : skipped
        if let first = firstLocal(from: range.lowerBound), first < range.upperBound { meant.gap = range }
        return meant
    }

    /// A stretch of one offset, and the offset before it where it is near enough to matter.
    struct Edges {
        let segment: TimeZoneRules.Segment
        /// The offset until `segment.start`; nil when the changed hours are long past.
        let before: Int64?

        /// - Parameter unix: a time within the segment.
        init(of segment: TimeZoneRules.Segment, near unix: Int64, in zone: TimeZoneRules) {
            self.segment = segment
            // A segment may begin at .min: nothing is subtracted from its start before it is known to be near.
            let isNear = segment.start > unix - 2 * TimeZoneRules.widestOffset
            before = isNear ? zone.segment(at: segment.start - 1).offset : nil
        }
    }

    /// The local times that run in a segment when they match: all of them, but for a repeated hour's other pass.
    ///
    /// The range may be empty; its bounds are seconds since 1970 on the wall clock.
    func regularWalls(_ edges: Edges, from unix: Int64, in zone: TimeZoneRules) -> Range<Int64> {
        let segment = edges.segment
        var low = unix + segment.offset
        if overlapHour == .first, let before = edges.before { low = max(low, segment.start + before) }
        guard segment.end < .max else { return low..<Int64.max }
        var high = segment.end + segment.offset
        if overlapHour == .last { high = min(high, segment.end + zone.segment(at: segment.end).offset) }
        return low..<max(low, high)
    }

    /// The first run at or after `unix` that makes up for a local time in the gap before the segment.
    func afterGap(_ edges: Edges, from unix: Int64) -> Int64? {
        let segment = edges.segment
        guard gap != .skip, let before = edges.before, before < segment.offset else { return nil }
        let end = segment.start + segment.offset
        switch gap {
        case .skip: return nil
        case .runAfter:
            guard unix <= segment.start, let match = firstLocal(from: segment.start + before), match < end else {
                return nil
            }
            return segment.start
        case .shift:
            guard let match = firstLocal(from: max(unix, segment.start) + before), match < end else { return nil }
            return match - before
        }
    }
}
