import Testing

@testable import Scheduler

/// Compares `next` with a walk over every minute that shares nothing with it but the zone's offsets.
struct CronPropertyTests {
    private static let zones = [
        "UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Santiago", "Africa/Cairo",
        "Asia/Kathmandu", "America/St_Johns", "Africa/Casablanca",
    ]

    @Test(arguments: zones)
    func `next agrees with a walk over every minute`(zone: String) throws {
        let rules = try TimeZoneDatabase().rules(named: zone)
        var random = SplitMix(state: 20_261_122)
        let changes = Self.changes(of: rules)
        for _ in 0..<60 {
            let spec = Spec.random(using: &random)
            let cron = try CronExpression(spec.text)
            let around = changes.randomElement(using: &random) ?? utc(2027, 2, 27)
            let start = around - Int64.random(in: 0...(40 * 3600), using: &random)
            let end = start + 3 * 86_400
            var found: [Int64] = []
            var cursor = start
            while let next = cron.next(after: cursor, in: rules), next <= end {
                found.append(next)
                cursor = next
            }
            let expected = spec.walk(after: start, through: end, in: rules)
            guard found == expected else {
                let other = Set(found).symmetricDifference(expected).min() ?? 0
                Issue.record("'\(spec.text)' in \(zone) after \(shown(start)): differs first at \(shown(other))")
                return
            }
        }
    }

    private static func changes(of rules: TimeZoneRules) -> [Int64] {
        var changes: [Int64] = []
        for hour in stride(from: utc(2026, 1, 1), to: utc(2029, 1, 1), by: 1800)
        where rules.offset(at: hour) != rules.offset(at: hour - 1800) {
            changes.append(hour)
        }
        return changes
    }

    /// A random expression, kept as plain sets beside its text.
    private struct Spec {
        var minutes: Set<Int>, hours: Set<Int>, weekdays: Set<Int>
        var text: String
        var isFixed: Bool

        static func random(using random: inout SplitMix) -> Spec {
            let (minuteText, minutes) = field(0...59, steps: [5, 7, 15, 30], using: &random)
            let (hourText, hours) = field(0...23, steps: [2, 3, 6], using: &random)
            let (dayText, weekdays) =
                Bool.random(using: &random) ? ("*", Set(0...6)) : field(0...6, steps: [2], using: &random)
            return Spec(
                minutes: minutes, hours: hours, weekdays: weekdays, text: "\(minuteText) \(hourText) * * \(dayText)",
                isFixed: !minuteText.hasPrefix("*") && !hourText.hasPrefix("*"))
        }

        private static func field(_ range: ClosedRange<Int>, steps: [Int], using random: inout SplitMix) -> (
            String, Set<Int>
        ) {
            switch Int.random(in: 0..<5, using: &random) {
            case 0: return ("*", Set(range))
            case 1:
                let step = steps.randomElement(using: &random)!
                return ("*/\(step)", Set(stride(from: range.lowerBound, through: range.upperBound, by: step)))
            case 2:
                let low = Int.random(in: 0...3, using: &random)
                let high = Int.random(in: low...min(low + 8, range.upperBound), using: &random)
                return ("\(low)-\(high)", Set(low...high))
            default:
                let values = Set(
                    (0..<Int.random(in: 1...4, using: &random)).map { _ in Int.random(in: range, using: &random) })
                return (values.sorted().map(String.init).joined(separator: ","), values)
            }
        }

        private func matches(wall: Int64) -> Bool {
            let minute = Int((wall / 60) % 60)
            let hour = Int((wall / 3600) % 24)
            return wall % 60 == 0 && minutes.contains(minute) && hours.contains(hour)
                && weekdays.contains(Int((wall / 86_400 + 4) % 7))
        }

        func walk(after start: Int64, through end: Int64, in zone: TimeZoneRules) -> [Int64] {
            var fired: [Int64] = []
            // Begins well before, so that the first pass of an hour repeated at the start is known.
            var unix = start / 60 * 60 - 4 * 3600
            var highest = unix - 60 + zone.offset(at: unix - 60)
            while unix <= end {
                let wall = unix + zone.offset(at: unix)
                let isRepeat = wall <= highest
                var fires = matches(wall: wall) && !(isFixed && isRepeat)
                if isFixed && wall > highest + 60 {
                    for skipped in stride(from: highest + 60, to: wall, by: 60) where matches(wall: skipped) {
                        fires = true
                    }
                }
                if fires && unix > start { fired.append(unix) }
                highest = max(highest, wall)
                unix += 60
            }
            return fired
        }
    }
}

/// A small seeded generator, so that a failure can be repeated.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
