/// The characters between brackets of a pattern.
struct ScalarSet {
    var ranges: [ClosedRange<UInt32>] = []
    var isNegated = false

    func contains(_ scalar: Unicode.Scalar) -> Bool {
        ranges.contains { $0.contains(scalar.value) } != isNegated
    }

    static let digits = ScalarSet(ranges: [0x30...0x39])
    static let words = ScalarSet(ranges: [0x30...0x39, 0x41...0x5A, 0x5F...0x5F, 0x61...0x7A, 0xAA...0x10_FFFF])
    static let blanks = ScalarSet(ranges: [0x09...0x0D, 0x20...0x20])

    /// `d`, `w`, `s` and their negations; nil for any other letter.
    static func named(_ letter: Unicode.Scalar) -> ScalarSet? {
        var set: ScalarSet
        switch letter {
        case "d", "D": set = digits
        case "w", "W": set = words
        case "s", "S": set = blanks
        default: return nil
        }
        set.isNegated = letter.properties.isUppercase
        return set
    }

    /// Reads what follows `[` in a glob; nil where no bracket closes it, and `[` is a plain character.
    static func glob(_ pattern: [Unicode.Scalar], from start: Int) -> (ScalarSet, next: Int)? {
        var index = start
        var set = ScalarSet()
        if index < pattern.count, pattern[index] == "!" {
            set.isNegated = true
            index += 1
        }
        let first = index
        guard let end = pattern[min(index + 1, pattern.count)...].firstIndex(of: "]"), index < pattern.count else {
            return nil
        }
        index = first
        while index < end {
            let low = pattern[index].value
            if index + 2 < end, pattern[index + 1] == "-" {
                let high = pattern[index + 2].value
                if low <= high { set.ranges.append(low...high) }
                index += 3
            } else {
                set.ranges.append(low...low)
                index += 1
            }
        }
        return (set, end + 1)
    }

    /// The complement as ranges, so that several sets can be joined in one.
    var positiveRanges: [ClosedRange<UInt32>] {
        guard isNegated else { return ranges }
        var gaps: [ClosedRange<UInt32>] = []
        var next: UInt32 = 0
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if range.lowerBound > next { gaps.append(next...(range.lowerBound - 1)) }
            next = max(next, range.upperBound &+ 1)
        }
        if next <= 0x10_FFFF { gaps.append(next...0x10_FFFF) }
        return gaps
    }
}
