import ArgumentParser
import Documents
import JobQueue
import Jobs
import Operations
import ScheduleConfiguration
import Scheduler

struct ScheduleBackfill: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backfill",
        abstract: "Enqueue the ticks of a window that were skipped, each once however often this is run.",
        discussion: """
            Only ticks whose record says that they enqueued nothing are made up for; see 'schedule history'. Ticks \
            outside of the entry's hours are not. Refused for entries that place orders.
            """)

    @OptionGroup var common: CommonOptions
    @OptionGroup var consent: ConfirmationOptions
    @Argument(help: "The entry, or entry#entity.") var name: String
    @Option(help: "The first nominal time, RFC 3339.") var from: String
    @Option(help: "The last nominal time, RFC 3339.") var to: String

    func run() async throws {
        let (start, end) = (
            try Timestamp.milliseconds(from, "--from"), try Timestamp.milliseconds(to, "--to")
        )
        guard start <= end else { throw CommandFailure(.usage, "--from is after --to. Swap the two.") }
        let composition = try Composition(common)
        try await composition.withBroker { broker in
            let choice = try EntryChoice(name, in: try await composition.activeSchedule(broker))
            guard !JobCatalog.placesOrders(choice.entry.job) else {
                throw CommandFailure(
                    .refused,
                    "'\(choice.entry.name)' places orders, and those of the past are not made up for. "
                        + "Use 'flotilla schedule run' for one that counts now.")
            }
            let entities = try await choice.entities(composition, broker)
            let acting = FleetOperator.here(broker).acting("entry.backfill", on: choice.name)
            let backfill = Backfill(entry: choice.entry, entities: entities, entity: choice.entity, broker: acting)
            let times = try await backfill.missed(from: start, through: end)
            if consent.dryRun || times.isEmpty { return show(times, jobs: 0) }
            let sample = times.prefix(3).map(Timestamp.text).joined(separator: ", ") + (times.count > 3 ? ", …" : "")
            try consent.demand(
                "Enqueue \(times.count) ticks of \(choice.name), \(entities?.count ?? 1) jobs each (\(sample))?")
            var jobs = 0
            for time in times { jobs += try await backfill.enqueue(time).jobs }
            show(times, jobs: jobs)
        }
    }

    private func show(_ times: [Int64], jobs: Int) {
        if consent.json {
            return Terminal.printDocument(BackfillDocument(ticks: times, jobs: jobs, isDryRun: consent.dryRun))
        }
        guard !times.isEmpty else {
            return print("nothing to make up for: no record of the window says that a tick was skipped")
        }
        for time in times { print(Timestamp.text(time)) }
        if !consent.dryRun { print("\(jobs) jobs enqueued") }
    }
}
