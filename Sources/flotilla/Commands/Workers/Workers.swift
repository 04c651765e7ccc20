import ArgumentParser
import Documents
import JobQueue
import Operations

struct Workers: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Worker processes: what they do, and which of them take jobs.",
        subcommands: [List.self, Quiet.self, Resume.self, Stop.self], defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "The live workers.", aliases: ["ls"])

        @OptionGroup var common: CommonOptions
        @Option(help: "Only those of a pool.") var pool: String?
        @Flag(help: "One JSON document on stdout.") var json = false

        func run() async throws {
            try await Composition(common).withBroker { broker in
                let workers = try await WorkerRegistry(broker: broker).live()
                    .filter { pool == nil || $0.pool == pool }
                let now = try await broker.clock.now()
                if json { return Terminal.printDocument(workers.map { WorkerDocument($0, now: now) }) }
                Terminal.printTable(
                    ["WORKER", "POOL", "STATE", "RUNNING", "MEMORY", "UP", "HEARTBEAT", "QUEUES"],
                    workers.map { worker in
                        [
                            worker.id.description, worker.pool, worker.state, "\(worker.running)/\(worker.slots)",
                            Shown.bytes(worker.rssBytes), Shown.age(milliseconds: now - worker.startedMilliseconds),
                            Shown.age(milliseconds: now - worker.heartbeatMilliseconds) + " ago",
                            worker.queues.contains("*") ? "*" : worker.queues.joined(separator: ","),
                        ]
                    })
            }
        }
    }

    struct Quiet: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let a worker take no more jobs. Those that run finish, and the worker stays.")

        @OptionGroup var common: CommonOptions
        @Argument(help: "Its id, or the beginning of it.") var id: String
        @Flag(help: "One JSON document on stdout.") var json = false

        func run() async throws {
            try await Workers.tell(id, .quiet, common, json) { worker, changed in
                guard changed else { return "\(worker.id) was told before to take no more jobs" }
                return "\(worker.id) takes no more jobs; \(Workers.running(worker)). "
                    + "'flotilla workers resume \(worker.id)' lets it take jobs again"
            }
        }
    }

    struct Resume: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Let a quiet worker take jobs again.")

        @OptionGroup var common: CommonOptions
        @Argument(help: "Its id, or the beginning of it.") var id: String
        @Flag(help: "One JSON document on stdout.") var json = false

        func run() async throws {
            try await Workers.tell(id, .run, common, json) { worker, changed in
                changed ? "\(worker.id) takes jobs again" : "\(worker.id) was told nothing else; it hears it again"
            }
        }
    }

    struct Stop: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let a worker drain and end. Its supervisor starts another in its place.")

        @OptionGroup var common: CommonOptions
        @Argument(help: "Its id, or the beginning of it.") var id: String
        @Flag(help: "One JSON document on stdout.") var json = false

        func run() async throws {
            try await Workers.tell(id, .stop, common, json) { worker, changed in
                guard changed else { return "\(worker.id) was told before to end" }
                let less = worker.pool == "-" ? "" : "; for fewer processes: 'flotilla scale \(worker.pool)=N'"
                return "\(worker.id) ends; \(Workers.running(worker)). A supervisor starts another in its place\(less)"
            }
        }
    }

    private static func running(_ worker: WorkerReport) -> String {
        switch worker.running {
        case 0: "no job runs there"
        case 1: "1 job that runs may finish"
        default: "\(worker.running) jobs that run may finish"
        }
    }

    /// Tells the live worker of an id, or of the beginning of one.
    private static func tell(
        _ text: String, _ order: WorkerOrder, _ common: CommonOptions, _ json: Bool,
        _ sentence: (WorkerReport, _ changed: Bool) -> String
    ) async throws {
        try await Composition(common).withBroker { broker in
            let live = try await WorkerRegistry(broker: broker).live()
            let found = live.filter { $0.id.description == text }
            let meant = found.isEmpty ? live.filter { $0.id.description.hasPrefix(text) } : found
            guard let worker = meant.first, !text.isEmpty else {
                throw CommandFailure(
                    .notFound,
                    "No live worker's id begins with '\(Shown.line(text, 80))'. 'flotilla workers list' shows them.")
            }
            guard meant.count == 1 else {
                let names = meant.prefix(5).map(\.id.description).joined(separator: ", ")
                throw CommandFailure(
                    .usage, "'\(Shown.line(text, 80))' is the beginning of \(meant.count) workers: \(names). Say more.")
            }
            let changed = try await FleetOperator.here(broker).tell(worker.id, order)
            if json {
                return Terminal.printDocument(
                    WorkerOrderDocument(id: worker.id.description, order: order.rawValue, changed: changed))
            }
            print(sentence(worker, changed))
        }
    }
}
