import ArgumentParser
import Documents
import JobQueue
import Operations
import ScheduleConfiguration
import Scheduler

struct ScheduleRun: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Enqueue an entry's jobs now. Its regular ticks do not move.")

    @OptionGroup var common: CommonOptions
    @Argument(help: "The entry, or entry#entity for one of its entities.") var name: String
    @Option(help: "Only this entity, as a number or name.") var entity: String?
    @Flag(help: "Wait until they have ended, and end with their result.") var wait = false
    @Option(help: "How long --wait waits, such as 30s; then the command ends with 1, and the jobs go on.")
    var timeout = "5m"
    @Flag(help: "One JSON document on stdout.") var json = false

    func run() async throws {
        let composition = try Composition(common)
        let limit = try JobWaiting.limit(timeout)
        try await composition.withBroker { broker in
            let file = try await composition.activeSchedule(broker)
            let choice = try EntryChoice(name + (entity.map { "#" + $0 } ?? ""), in: file)
            let maker = TickJobFactory(entry: choice.entry)
            var jobs: [NewJob] = []
            for entity in try await choice.entities(composition, broker) ?? [""] {
                jobs.append(try maker.job(id: nil, entity: entity))
            }
            let made = try await FleetOperator.here(broker).acting("entry.run", on: choice.name).enqueue(jobs)
            guard !wait else {
                return try await JobWaiting(composition, broker, limit: limit, asJSON: json).end(of: made.map(\.id))
            }
            guard json else { return made.forEach { print($0.id) } }
            let documents = made.map { EntryRunDocument($0) }
            // One job was one object before there were entities.
            guard choice.entry.forEach == nil else { return Terminal.printDocument(documents) }
            Terminal.printDocument(documents[0])
        }
    }
}
