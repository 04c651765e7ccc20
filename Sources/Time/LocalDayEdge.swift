/// Where a local day begins in time. All times are unix milliseconds.
public struct LocalDayEdge: Sendable, Equatable {
    /// Local days since 1970-01-01.
    public let day: Int
    /// The first instant at which the clock shows the day: midnight, or what comes after the gap where there is none.
    public let instant: Int64
    /// From here on the clock shows no earlier day, and no run is due that was meant for one. Later than `instant` only
    /// where the clocks are changed about midnight.
    public let settled: Int64
}

extension TimeZoneRules {
    /// - Parameter day: local days since 1970-01-01.
    func edge(ofDay day: Int) -> LocalDayEdge {
        let midnight = Int64(day) * 86_400
        let first = firstInstant(ofDay: day)
        var settled = first
        var segment = segment(at: midnight - Self.widestOffset)
        while segment.start < midnight + Self.widestOffset {
            // Where this stretch's clock would show midnight.
            let reach = midnight - segment.offset
            let next = segment.end == .max ? nil : self.segment(at: segment.end)
            if reach > segment.start {
                // In a gap over midnight, runs of the day before are due for as long as its clock would have gone on.
                let isSkipped = next.map { $0.offset > segment.offset && midnight <= segment.end + $0.offset } ?? false
                settled = max(settled, isSkipped ? reach : min(reach, segment.end))
            }
            guard let next else { break }
            segment = next
        }
        return LocalDayEdge(day: day, instant: first * 1000, settled: settled * 1000)
    }

    /// The first instant of a local day, unix seconds: midnight, or what comes after the gap where there is none.
    func firstInstant(ofDay day: Int) -> Int64 {
        switch instant(ofLocal: Int64(day) * 86_400) {
        case .once(let time), .gap(let time), .twice(let time, _): time
        }
    }
}
