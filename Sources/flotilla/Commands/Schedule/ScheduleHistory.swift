import ArgumentParser
import Documents
import JobQueue
import ScheduleConfiguration

struct ScheduleHistory: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history",
        abstract: "What became of an entry's ticks, newest first: enqueued, or skipped and why.")

    @OptionGroup var common: CommonOptions
    @Argument(help: "The entry, also one that is gone from the file.") var name: String
    @Option(help: "Records at most; one stands for a run of ticks that ended alike.") var count = 20
    @Flag(help: "One JSON document on stdout.") var json = false

    func validate() throws {
        guard (1...ScheduleStore.tickHistoryLimit).contains(count) else {
            throw ValidationError("--count takes 1 to \(ScheduleStore.tickHistoryLimit).")
        }
    }

    func run() async throws {
        let composition = try Composition(common)
        try await composition.withBroker { broker in
            let queues = try await QueueInspector(broker: broker).queues()
            let (records, unreadable) = try await broker.schedules.tickHistory(of: name, in: queues, limit: count)
            if unreadable > 0 {
                Terminal.complain(
                    "\(unreadable) of the records cannot be read and are left out; another version wrote them.")
            }
            if records.isEmpty, unreadable == 0 {
                let entries = try await composition.activeSchedule(broker).schedules
                guard entries.contains(where: { $0.name == name }) else { throw Schedule.unknown(name, entries) }
            }
            if json { return Terminal.printDocument(records.map { TickDocument($0, of: name) }) }
            Terminal.printTable(
                ["NOMINAL", "LATE", "OUTCOME", "JOBS", "WHY"],
                records.map { record in
                    [
                        Timestamp.text(record.nominal), Shown.age(milliseconds: record.at - record.nominal),
                        record.outcome.rawValue + (record.count > 1 ? " ×\(record.count)" : ""), "\(record.jobs)",
                        why(record),
                    ]
                })
        }
    }

    private func why(_ record: TickRecord) -> String {
        var texts: [String] = []
        if let reason = record.reason { texts.append(reason + (record.detail.map { " (\(Shown.line($0)))" } ?? "")) }
        if record.reason == nil, let detail = record.detail { texts.append(Shown.line(detail)) }
        if record.count > 1 { texts.append("since \(Timestamp.text(record.first))") }
        for (word, names) in [
            ("overlap", record.overlap), ("paused", record.paused), ("known", record.exists),
            ("new", record.added), ("gone", record.removed),
        ] {
            guard let names else { continue }
            let rest = names.count > 5 ? " and \(names.count - 5) more" : ""
            texts.append("\(word): \(names.prefix(5).joined(separator: ", "))\(rest)")
        }
        return texts.joined(separator: "; ")
    }
}
