/// A cron expression of five fields, or six with the seconds first, read once and asked often.
///
/// Fields: minute, hour, day-of-month, month, day-of-week. `*`, lists, ranges, steps (`a/n` counts from `a` to the
/// field's end), names in any case, `?` in the day fields; `L`, `L-n`, `nW`, `LW` as days of the month; `n#k` (the
/// k-th) and `nL` (the last) as days of the week, where 0 and 7 are Sunday. A range of weekdays may run over the week's
/// end (`FRI-MON`); in every other field a backward range is refused. `@yearly @annually @monthly @weekly @daily
/// @midnight @hourly` stand for whole expressions.
public struct CronExpression: Sendable, Equatable, CustomStringConvertible {
    /// How days-of-month and days-of-week combine when neither field is free.
    public enum DayRule: String, Sendable, CaseIterable {
        /// As in Vixie cron: either suffices; a field that starts with `*` (also `*/2`) counts as free, and then both
        /// hold.
        case any
        /// Both must hold.
        case all
    }

    /// The expression as it was written.
    public let text: String
    /// Default `any`.
    public let dayRule: DayRule
    /// Default: `runAfter` for a fixed entry, `skip` for a rolling one.
    public let gap: GapRule
    /// Default: `first` for a fixed entry, `both` for a rolling one.
    public let overlapHour: OverlapHourRule
    /// Whether local times are meant literally, so that a time in a gap is made up for and a repeated one runs once.
    ///
    /// True when neither the minute nor the hour starts with `*` (the rule of Debian's cron). Other entries are
    /// *rolling*: they follow elapsed time.
    public let isFixed: Bool

    /// One bit a value: bit 30 of `minutes` is minute 30.
    let seconds, minutes, hours, months: UInt64
    let monthDays: MonthDays
    let weekdays: Weekdays

    /// Days of the month as written, before a month is known.
    struct MonthDays: Sendable, Equatable {
        var days: UInt64 = 0
        /// `L-n`: n days before the last.
        var beforeLast: [Int] = []
        /// `nW`: the weekday (Monday to Friday) nearest to day n, in the same month.
        var nearest: [Int] = []
        /// `LW`.
        var lastWorkday = false
        var isFree = false
    }

    /// Days of the week as written; Sunday is 0.
    struct Weekdays: Sendable, Equatable {
        var days: UInt64 = 0
        /// `n#k`, bit n of element k - 1.
        var numbered = [UInt64](repeating: 0, count: 5)
        /// `nL`, bit n.
        var last: UInt64 = 0
        var isFree = false
    }

    /// - Parameters:
    ///   - gap: nil for the default of a fixed or a rolling entry.
    ///   - overlapHour: likewise.
    /// - Throws: `cron` when the expression is malformed, out of range, or can never fire (30 February).
    public init(
        _ text: String, dayRule: DayRule = .any, gap: GapRule? = nil, overlapHour: OverlapHourRule? = nil
    ) throws(TimeError) {
        do {
            try self.init(parsing: text, dayRule: dayRule, gap: gap, overlapHour: overlapHour)
        } catch {
            throw .cron(expression: text, error)
        }
    }

    private init(
        parsing text: String, dayRule: DayRule, gap: GapRule?, overlapHour: OverlapHourRule?
    ) throws(CronProblem) {
        var parts = CronPart(text: text, offset: 0).split(whereSpace: true)
        if let first = parts.first, first.text.hasPrefix("@") {
            guard parts.count == 1 else {
                throw parts[1].problem(
                    in: nil, "'\(first.text)' stands for a whole expression. Remove what follows it.")
            }
            parts = CronPart(text: try Self.expansion(of: first), offset: 0).split(whereSpace: true)
        }
        guard (5...6).contains(parts.count) else {
            let end = parts.count > 6 ? parts[6] : CronPart(text: text, offset: 0)
            throw end.problem(
                in: nil,
                "a cron expression has 5 fields (minute hour day-of-month month day-of-week), or 6 with seconds first; "
                    + "this has \(parts.count). Write for example '*/10 * * * *'.")
        }
        let hasSeconds = parts.count == 6
        let fields = Array(parts.suffix(5))
        self.text = text
        self.dayRule = dayRule
        seconds = hasSeconds ? try CronField.second.values(of: parts[0]) : 1
        minutes = try CronField.minute.values(of: fields[0])
        hours = try CronField.hour.values(of: fields[1])
        monthDays = try CronField.monthDays(of: fields[2])
        months = try CronField.month.values(of: fields[3])
        weekdays = try CronField.weekdays(of: fields[4])
        isFixed = !fields[0].text.hasPrefix("*") && !fields[1].text.hasPrefix("*")
        self.gap = gap ?? (isFixed ? .runAfter : .skip)
        self.overlapHour = overlapHour ?? (isFixed ? .first : .both)
        guard firstLocal(from: 0) != nil else {
            throw CronPart(text: fields[2].text, offset: fields[2].offset).problem(
                in: "day-of-month",
                "this never fires: no month that is asked for has such a day. Use a day that exists, "
                    + "or L for the last one."
            )
        }
    }

    private static func expansion(of part: CronPart) throws(CronProblem) -> String {
        switch part.text.lowercased() {
        case "@yearly", "@annually": "0 0 1 1 *"
        case "@monthly": "0 0 1 * *"
        case "@weekly": "0 0 * * 0"
        case "@daily", "@midnight": "0 0 * * *"
        case "@hourly": "0 * * * *"
        case "@every":
            throw part.problem(
                in: nil, "an interval is not a cron expression. Use the key every, for example every: 90s.")
        case "@reboot":
            throw part.problem(
                in: nil, "@reboot has no time. Use a cadence, and at_start: true to run at the first start.")
        default:
            throw part.problem(
                in: nil, "'\(part.text)' is not known. Use @yearly, @monthly, @weekly, @daily, @midnight or @hourly.")
        }
    }

    /// Whether no hour of the day is left out.
    public var runsInEveryHour: Bool { hours == 0xFF_FFFF }

    /// A month by its first three letters in capitals, from 1; nil for anything else.
    public static func month(named name: String) -> Int? { CronField.month.value(named: name) }

    /// A weekday by its first three letters in capitals, from Sunday, 0; nil for anything else.
    public static func weekday(named name: String) -> Int? { CronField.weekday.value(named: name) }

    /// As it was written, blanks included.
    public var description: String { text }
}
