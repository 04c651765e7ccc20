import TestSupport

@testable import Time

/// A random expression, kept as plain rules beside its text.
struct RandomCron {
    private(set) var text = ""
    private(set) var days = CronExpression.DayRule.any
    /// What the expression is told; nil for the defaults.
    private(set) var gap: CronExpression.GapRule?
    private(set) var overlapHour: CronExpression.OverlapHourRule?

    private var seconds: Set<Int> = [0]
    private var minutes: Set<Int> = []
    private var hours: Set<Int> = []
    private var months: Set<Int> = []
    private var monthDays: [@Sendable (Wall) -> Bool] = []
    private var weekdays: [@Sendable (Wall) -> Bool] = []
    private var monthDayIsFree = true
    private var weekdayIsFree = true
    private var isFixed = true

    /// The rule that holds: what was told, else the default of CONTRACT.md section 3.
    var gapRule: CronExpression.GapRule { gap ?? (isFixed ? .runAfter : .skip) }
    var overlapRule: CronExpression.OverlapHourRule { overlapHour ?? (isFixed ? .first : .both) }

    var shown: String {
        "'\(text)' days: \(days) gap: \(gap?.rawValue ?? "default") overlap_hour: \(overlapHour?.rawValue ?? "default")"
    }

    /// - Parameter near: a time that the expression's rarer fields shall often match.
    init(near: Wall, withSeconds: Bool, using random: inout SeededRandom) {
        var fields: [String] = []
        if withSeconds {
            let (text, values) = Self.numbers(0...59, usual: 0...59, using: &random)
            seconds = values
            fields.append(text)
        }
        let (minuteText, minutes) = Self.numbers(0...59, usual: 0...59, using: &random)
        let (hourText, hours) = Self.numbers(0...23, usual: 0...4, using: &random)
        self.minutes = minutes
        self.hours = hours
        isFixed = !minuteText.hasPrefix("*") && !hourText.hasPrefix("*")
        fields += [minuteText, hourText]
        fields.append(monthDayField(near, using: &random))
        fields.append(monthField(near, using: &random))
        fields.append(weekdayField(near, using: &random))
        text = fields.joined(separator: " ")
        days = Bool.random(using: &random) ? .any : .all
        if Bool.random(using: &random) { gap = .allCases.randomElement(using: &random) }
        if Bool.random(using: &random) { overlapHour = .allCases.randomElement(using: &random) }
    }

    func matches(_ wall: Wall) -> Bool {
        seconds.contains(wall.second) && minutes.contains(wall.minute) && hours.contains(wall.hour)
            && matchesDay(wall)
    }

    func matchesDay(_ wall: Wall) -> Bool {
        guard months.contains(wall.month) else { return false }
        let byDate = monthDays.contains { $0(wall) }
        let byWeekday = weekdays.contains { $0(wall) }
        let either = days == .any && !monthDayIsFree && !weekdayIsFree
        return either ? byDate || byWeekday : byDate && byWeekday
    }

    /// `*`, `*/n`, or a list of values, ranges, and both with steps.
    private static func numbers(
        _ range: ClosedRange<Int>, usual: ClosedRange<Int>, using random: inout SeededRandom
    ) -> (String, Set<Int>) {
        switch Int.random(in: 0..<5, using: &random) {
        case 0: return ("*", Set(range))
        case 1:
            let step = Int.random(in: 1...(range.upperBound - range.lowerBound), using: &random)
            return ("*/\(step)", Set(stride(from: range.lowerBound, through: range.upperBound, by: step)))
        default: break
        }
        var texts: [String] = []
        var values: Set<Int> = []
        for _ in 0..<Int.random(in: 1...3, using: &random) {
            let low = Int.random(in: Bool.random(using: &random) ? usual : range, using: &random)
            let high = Int.random(in: low...range.upperBound, using: &random)
            let step = Int.random(in: 1...7, using: &random)
            switch Int.random(in: 0..<5, using: &random) {
            case 0:
                texts.append("\(low)-\(high)")
                values.formUnion(low...high)
            case 1:
                texts.append("\(low)-\(high)/\(step)")
                values.formUnion(stride(from: low, through: high, by: step))
            case 2:
                texts.append("\(low)/\(step)")
                values.formUnion(stride(from: low, through: range.upperBound, by: step))
            default:
                texts.append("\(low)")
                values.insert(low)
            }
        }
        return (texts.joined(separator: ","), values)
    }

    private mutating func monthField(_ near: Wall, using random: inout SeededRandom) -> String {
        guard Int.random(in: 0..<4, using: &random) == 0 else {
            months = Set(1...12)
            return "*"
        }
        let names = ["JAN", "feb", "Mar", "APR", "may", "JUN", "JUL", "Aug", "SEP", "OCT", "nov", "DEC"]
        let other = Int.random(in: 1...12, using: &random)
        months = [near.month, other]
        return "\(names[near.month - 1]),\(other)"
    }

    private mutating func monthDayField(_ near: Wall, using random: inout SeededRandom) -> String {
        monthDayIsFree = true
        switch Int.random(in: 0..<6, using: &random) {
        case 0...2:
            monthDays = [{ _ in true }]
            return Bool.random(using: &random) ? "*" : "?"
        case 3:
            let step = Int.random(in: 2...5, using: &random)
            monthDays = [{ ($0.day - 1) % step == 0 }]
            return "*/\(step)"
        default: monthDayIsFree = false
        }
        let texts = (0..<Int.random(in: 1...2, using: &random)).map { _ in
            let day = Bool.random(using: &random) ? near.day : Int.random(in: 1...31, using: &random)
            let before = Int.random(in: 1...30, using: &random)
            switch Int.random(in: 0..<6, using: &random) {
            case 0:
                monthDays.append { $0.days(later: 1).month != $0.month }
                return "L"
            case 1:
                monthDays.append {
                    $0.days(later: before).month == $0.month && $0.days(later: before + 1).month != $0.month
                }
                return "l-\(before)"
            case 2:
                // The nearest workday of the month that has such a day at all; never more than two days from it.
                monthDays.append { wall in
                    abs(wall.day - day) < 3 && wall.days(later: day - wall.day).month == wall.month
                        && wall.day == wall.workdays.min { abs($0 - day) < abs($1 - day) }
                }
                return "\(day)W"
            case 3:
                monthDays.append { $0.day > 25 && $0.day == $0.workdays.last }
                return "LW"
            default:
                monthDays.append { $0.day == day }
                return "\(day)"
            }
        }
        return texts.joined(separator: ",")
    }

    private mutating func weekdayField(_ near: Wall, using random: inout SeededRandom) -> String {
        weekdayIsFree = true
        guard Int.random(in: 0..<2, using: &random) == 0 else {
            weekdays = [{ _ in true }]
            return "*"
        }
        weekdayIsFree = false
        let names = ["SUN", "Mon", "tue", "WED", "THU", "FRI", "SAT"]
        let texts = (0..<Int.random(in: 1...2, using: &random)).map { _ in
            let day = Bool.random(using: &random) ? near.weekday : Int.random(in: 0...6, using: &random)
            let other = Int.random(in: 0...6, using: &random)
            let number = Int.random(in: 1...5, using: &random)
            switch Int.random(in: 0..<5, using: &random) {
            case 0:
                weekdays.append { $0.weekday == day && ($0.day - 1) / 7 + 1 == number }
                return "\(names[day])#\(number)"
            case 1:
                weekdays.append { $0.weekday == day && $0.days(later: 7).month != $0.month }
                return "\(day == 0 ? 7 : day)L"
            case 2:
                // On from one day to the other, over the week's end where need be.
                weekdays.append { ($0.weekday - day + 7) % 7 <= (other - day + 7) % 7 }
                return "\(names[day])-\(names[other])"
            default:
                weekdays.append { $0.weekday == day }
                return day == 0 && Bool.random(using: &random) ? "7" : "\(day)"
            }
        }
        return texts.joined(separator: ",")
    }
}
