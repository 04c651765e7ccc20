/// One zone's offsets from UTC over all time, as the system's IANA database has them.
///
/// A list of transitions, and after the last of them the zone's yearly rule. Foundation is not asked: its zones come
/// from data bundled with the toolchain, not from the machine's `tzdata`.
public struct TimeZoneRules: Sendable, Equatable {
    /// The IANA name.
    public let name: String
    /// Unix seconds, ascending; each changes the offset.
    let transitions: [Int64]
    /// Seconds east of UTC; one more than `transitions`: the first holds before them all.
    let offsets: [Int64]
    /// Rules the time from `footerStart` on; nil: the last offset stays.
    let footer: PosixZoneRule?
    /// Unix seconds; the end of the table, which may lie after the last change of offset.
    let footerStart: Int64

    /// UTC itself; needs no database.
    public static let utc = TimeZoneRules(name: "UTC", transitions: [], offsets: [0], footer: nil, footerStart: .min)

    /// A stretch of time with one offset: from `start` up to, not including, `end`, unix seconds.
    public struct Segment: Sendable, Equatable {
        /// Inclusive; `.min` for the stretch before the first change.
        public let start: Int64
        /// Exclusive; `.max` for the stretch after the last change.
        public let end: Int64
        /// Seconds east of UTC.
        public let offset: Int64
    }

    /// Where a local time lies in UTC.
    public enum Instant: Sendable, Equatable {
        /// Exists once.
        case once(Int64)
        /// Skipped when the clocks went forward; `firstAfter` is the first instant after the gap.
        case gap(firstAfter: Int64)
        /// Exists twice because the clocks went back.
        case twice(first: Int64, second: Int64)
    }

    /// Seconds east of UTC at a unix time in seconds.
    public func offset(at unix: Int64) -> Int64 { segment(at: unix).offset }

    /// The wall clock at a unix time in seconds.
    public func local(at unix: Int64) -> CivilTime {
        CivilTime(secondsSinceEpoch: unix + offset(at: unix))
    }

    /// The instant or instants, in unix seconds, at which the wall clock shows `local`.
    public func instant(of local: CivilTime) -> Instant { instant(ofLocal: local.secondsSinceEpoch) }

    /// - Parameter local: seconds since 1970 on the wall clock.
    func instant(ofLocal local: Int64) -> Instant {
        var found: Int64?
        var segment = segment(at: local - Self.widestOffset)
        while true {
            let unix = local - segment.offset
            if unix >= segment.start && unix < segment.end {
                if let first = found { return .twice(first: first, second: unix) }
                found = unix
            }
            // A local time in no segment falls between two: past the end of one, before the start of the next.
            if segment.end == .max || segment.end > local + Self.widestOffset { break }
            let next = self.segment(at: segment.end)
            if found == nil, unix >= segment.end, local - next.offset < next.start {
                return .gap(firstAfter: next.start)
            }
            segment = next
        }
        return .once(found ?? local - segment.offset)
    }

    /// The stretch that holds a unix time in seconds.
    public func segment(at unix: Int64) -> Segment {
        if let footer, unix >= footerStart {
            let segment = footer.segment(at: unix)
            return Segment(start: max(segment.start, footerStart), end: segment.end, offset: segment.offset)
        }
        var low = 0
        var high = transitions.count
        while low < high {
            let middle = (low + high) / 2
            if transitions[middle] <= unix { low = middle + 1 } else { high = middle }
        }
        let last = footer == nil ? Int64.max : footerStart
        return Segment(
            start: low == 0 ? .min : transitions[low - 1], end: low == transitions.count ? last : transitions[low],
            offset: offsets[low])
    }

    /// No zone is further from UTC (RFC 9636 allows -25 h to +26 h).
    public static let widestOffset: Int64 = 26 * 3600
}
