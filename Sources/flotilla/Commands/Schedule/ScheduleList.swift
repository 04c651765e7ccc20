import ArgumentParser
import Documents
import JobQueue
import Operations
import ScheduleConfiguration
import Scheduler

struct ScheduleList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Every entry of the active schedule with its last run and its next tick, and what is paused.",
        discussion: """
            LAST (last_at) is the nominal time of the last tick that enqueued jobs; - until there was one. baseline_at \
            is the time from which on ticks count: the last one that was handled, skipped ones included, or the \
            entry's last edit.
            """,
        aliases: ["ls"])

    @OptionGroup var common: CommonOptions
    @Flag(help: "One JSON document on stdout.") var json = false

    func run() async throws {
        let composition = try Composition(common)
        try await composition.withBroker { broker in
            let file = try await composition.activeSchedule(broker)
            let entries = file.schedules
            let health = try await ScheduleHealth(file, broker, options: composition.settings.given)
            let queues = try Set(entries.map { try QueueName($0.queue) }).sorted()
            let now = try await broker.clock.now()
            // An entry that was moved to another queue ran in the one it had.
            let all = try await QueueInspector(broker: broker).queues()
            let ran = try await broker.schedules.lastRuns(of: entries.map(\.name), in: all)
            let baselines = try await broker.schedules.lastTicks(of: entries.map(\.name), in: queues)
            var pauses: [EntryPause] = []
            for queue in queues {
                pauses += try await broker.schedules.entryPauses(in: queue).filter { $0.holds(at: now) }
            }
            if json {
                Terminal.printDocument(
                    entries.map { entry in
                        ScheduleEntryDocument(
                            entry, lastRun: ran[entry.name], baseline: baselines[entry.name],
                            pauses: Self.pauses(of: entry, pauses), now: now)
                    })
                return health.lines.forEach { Terminal.complain($0) }
            }
            Terminal.printTable(
                ["ENTRY", "JOB", "QUEUE", "LAST", "NEXT", "STATE"],
                entries.map { entry in
                    [
                        entry.name, entry.job, entry.queue,
                        ran[entry.name].map { Shown.age(milliseconds: now - $0) + " ago" } ?? "-",
                        entry.enabled
                            ? entry.next(after: now).map { "in " + Shown.age(milliseconds: $0 - now) } ?? "never" : "-",
                        state(of: entry, baselines[entry.name], pauses, now),
                    ]
                })
            health.lines.forEach { print($0) }
        }
    }

    private func state(of entry: ScheduleEntry, _ last: Int64?, _ pauses: [EntryPause], _ now: Int64) -> String {
        if let last, entry.isAhead(last, now: now) {
            return "ALARM \(Shown.age(milliseconds: last - now)) ahead of the clock"
        }
        guard entry.enabled else { return "disabled" }
        let own = ScheduleList.pauses(of: entry, pauses)
        let texts = own.map { pause in
            let what = pause.name == entry.name ? "paused" : "paused \(pause.name.dropFirst(entry.name.count))"
            let until = pause.end(at: now).map { " for \(Shown.age(milliseconds: $0 - now))" } ?? ""
            return what + until + (pause.reason.isEmpty ? "" : ": " + Shown.line(pause.reason))
        }
        return texts.isEmpty ? "ok" : texts.joined(separator: "; ")
    }

    /// Those of an entry and its entities.
    private static func pauses(of entry: ScheduleEntry, _ all: [EntryPause]) -> [EntryPause] {
        all.filter { $0.name == entry.name || $0.name.hasPrefix(entry.name + "#") }
    }
}

/// What the subcommands of `schedule` ask of an entry's name.
struct EntryChoice {
    let entry: ScheduleEntry
    /// Nil for the entry as a whole.
    let entity: String?
    let queue: QueueName

    /// `entry`, or `entry#entity`.
    var name: String { entry.name + (entity.map { "#" + $0 } ?? "") }

    /// - Throws: `CommandFailure` when there is no such entry, or it has no entities.
    init(_ text: String, in file: ScheduleFile) throws {
        let parts = text.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard let entry = file.schedules.first(where: { $0.name == parts[0] }) else {
            throw Schedule.unknown(parts[0], file.schedules)
        }
        entity = parts.count == 2 ? parts[1] : nil
        if let entity, entry.forEach == nil || !EntityName.isValid(entity) {
            throw CommandFailure(
                .usage,
                entry.forEach == nil
                    ? "Schedule '\(entry.name)' has no entities. Name it without '#\(entity)'."
                    : "'\(entity)' cannot be an entity of '\(entry.name)'. Write for example \(entry.name)#7.")
        }
        self.entry = entry
        queue = try QueueName(entry.queue)
    }

    /// The entities that a tick would have now, or the one that was chosen; nil without a fan-out.
    /// - Throws: what the source throws; `notFound` when it does not name the chosen one.
    func entities(_ composition: Composition, _ broker: Broker) async throws -> [String]? {
        guard let all = try await composition.entityResolver(broker.redis).entities(of: entry) else { return nil }
        guard let entity else { return all }
        guard all.contains(entity) else {
            throw CommandFailure(
                .notFound,
                "'\(entity)' is no entity of '\(entry.name)' now. There are: \(all.joined(separator: ", ")).")
        }
        return [entity]
    }
}
