public import ArgumentParser
import Documents
import Foundation
import ScheduleConfiguration
import Scheduler
public import Time

extension CronExpression.DayRule: ExpressibleByArgument {}
extension CronExpression.GapRule: ExpressibleByArgument {}
extension CronExpression.OverlapHourRule: ExpressibleByArgument {}

extension Schedule {
    struct Next: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "The next ticks of all entries, of one, or of a cron expression.",
            discussion: """
                Beside a local time stands what a change of the clocks did to it: (gap → 03:00) where the time that \
                was meant does not exist, (2nd pass skipped) where it comes again and does not run then.
                """)

        @OptionGroup var common: CommonOptions
        @Argument(help: "Only this entry.") var name: String?
        @Option(help: "A cadence as cron takes it in the file, also '@every 90s', instead of the file's entries.")
        var cron: String?
        @Option(help: "Its time zone; else UTC.") var timezone: String?
        @Option(help: "How its two day fields combine when both are restricted.") var days: CronExpression.DayRule?
        @Option(help: "What becomes of its local times that do not exist.") var gap: CronExpression.GapRule?
        @Option(help: "What becomes of its local times that come twice.")
        var overlapHour: CronExpression.OverlapHourRule?
        @Option(help: "From this time on, RFC 3339; else from now.") var from: String?
        @Option(help: "How many.") var count = 10
        @Flag(help: "One JSON document on stdout.") var json = false

        func run() async throws {
            guard (1...10_000).contains(count) else {
                throw CommandFailure(.usage, "--count is \(count). Use 1 to 10000.")
            }
            let start =
                try from.map { try Timestamp.milliseconds($0, "--from") }
                ?? Int64(Date().timeIntervalSince1970 * 1_000)
            let runs = try runs(after: start)
            if json { return Terminal.printDocument(runs.map(\.document)) }
            show(runs)
        }

        private func show(_ runs: [UpcomingRun]) {
            let columns: [(head: String, cell: (UpcomingRun) -> String?)] = [
                ("AT", { Timestamp.text($0.at) }), ("ENTRY", \.name), ("LOCAL", \.local?.shown), ("NOTE", \.note),
            ]
            let used = columns.filter { column in column.head == "AT" || runs.contains { column.cell($0) != nil } }
            Terminal.printTable(used.map(\.head), runs.map { run in used.map { $0.cell(run) ?? "" } })
        }

        private static func zone(_ name: String) throws -> TimeZoneRules {
            let rules = try TimeZoneDatabase().rules(named: name)
            if let warning = rules.warning(named: name) { Terminal.complain("warning: --timezone: \(warning)") }
            return rules
        }

        private func runs(after start: Int64) throws -> [UpcomingRun] {
            var entries: [ScheduleEntry]
            if let cron {
                let zone = try timezone.map { try Self.zone($0) }
                let cadence = try Cadence(cron: cron, in: zone, days: days, gap: gap, overlapHour: overlapHour)
                entries = [ScheduleEntry(name: "", job: "", queue: "", cadence: cadence)]
            } else {
                let all = try Composition(common).schedule().schedules
                entries = name.map { wanted in all.filter { $0.name == wanted } } ?? all.filter(\.enabled)
                guard name == nil || !entries.isEmpty else { throw Schedule.unknown(name ?? "", all) }
            }
            let runs = entries.flatMap { entry in
                entry.ticks(after: start, through: .max, limit: count).map { UpcomingRun(entry: entry, at: $0) }
            }
            return Array(runs.sorted { ($0.at, $0.name ?? "") < ($1.at, $1.name ?? "") }.prefix(count))
        }
    }
}

/// A tick to come, with the wall clock of its entry's zone.
struct UpcomingRun {
    /// Nil for an expression.
    let name: String?
    /// The nominal time, unix milliseconds.
    let at: Int64
    /// When its job becomes ready, unix milliseconds; nil when that is at once, or when each entity has its own time.
    let due: Int64?
    /// Why the tick will be recorded as skipped; nil when it counts.
    let closed: String?
    /// Nil for an interval, and for a cron entry in UTC.
    let local: LocalTime?

    init(entry: ScheduleEntry, at: Int64) {
        name = entry.name.isEmpty ? nil : entry.name
        self.at = at
        let ready = entry.due(nominal: at)
        due = entry.forEach == nil && ready > at ? ready : nil
        closed = entry.closedBecause(at: at)
        local = LocalTime(unix: at / 1_000, cadence: entry.cadence)
    }

    /// What the columns of times do not say.
    var note: String? {
        if let closed { return "skipped: \(closed)" }
        return due.map { "due \(Shown.age(milliseconds: $0 - at)) later" }
    }

    var document: UpcomingRunDocument {
        UpcomingRunDocument(name: name, at: at, due: due, skipped: closed, local: local?.document)
    }

    struct LocalTime {
        /// Unix seconds.
        let unix: Int64
        let zone: TimeZoneRules
        let note: CronExpression.DaylightNote?

        init?(unix: Int64, cadence: Cadence) {
            guard case .cron(let expression, let zone) = cadence, zone != .utc else { return nil }
            self.unix = unix
            self.zone = zone
            note = expression.daylightNote(at: unix, in: zone)
        }

        var shown: String {
            let time = zone.local(at: unix)
            let weekday = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"][time.weekday]
            let date = "\(weekday) \(time.year)-\(two(time.month))-\(two(time.day)) \(clock(time)) \(zone.name)"
            switch note {
            case nil: return date
            case .gap: return date + " (gap → \(clock(time)))"
            case .secondPassSkipped: return date + " (2nd pass skipped)"
            case .firstPassSkipped: return date + " (1st pass skipped)"
            }
        }

        var document: UpcomingRunDocument.LocalTime {
            let offset = zone.offset(at: unix)
            let size = Int(abs(offset))
            let sign = offset < 0 ? "-" : "+"
            let local = stamp(zone.local(at: unix)) + "\(sign)\(two(size / 3_600)):\(two(size / 60 % 60))"
            let (daylight, meant): (String?, String?) =
                switch note {
                case nil: (nil, nil)
                case .gap(let meant): ("gap", stamp(meant))
                case .secondPassSkipped: ("second-pass-skipped", nil)
                case .firstPassSkipped: ("first-pass-skipped", nil)
                }
            return UpcomingRunDocument.LocalTime(local: local, timezone: zone.name, daylight: daylight, meant: meant)
        }

        private func stamp(_ time: CivilTime) -> String {
            "\(time.year)-\(two(time.month))-\(two(time.day))T\(two(time.hour)):\(two(time.minute)):\(two(time.second))"
        }

        private func clock(_ time: CivilTime) -> String {
            "\(two(time.hour)):\(two(time.minute))" + (time.second == 0 ? "" : ":\(two(time.second))")
        }

        private func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    }
}
