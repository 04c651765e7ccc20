import ArgumentParser
import JobQueue
import Jobs
import Scheduler

struct Enqueue: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Put a job into its queue.",
        discussion: """
            Examples:
              flotilla enqueue evaluation --args '{"bot_id": 7}'
              flotilla enqueue cache-refresh --args '{"what": "quotes"}' --in 5m
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "The kind of job.") var kind: String
    @Option(help: "Its arguments, one JSON value.") var args = "{}"
    @Option(help: "Another queue than the kind's own.") var queue: String?
    @Option(name: .customLong("in"), help: "Run it after this long, such as 5m.") var delay: String?
    @Option(help: "Run it at this time, RFC 3339.") var at: String?
    @Option(help: "Let it expire when it cannot start within this time, such as 90s.") var freshFor: String?
    @Option(help: "-100 to 100; a greater one goes first.") var priority = 0
    @Option(help: "Its id; enqueueing the same id again changes nothing.") var id: String?
    @Option(help: "How many of it.") var count = 1
    @Option(help: "Attempts before it is given up, instead of the queue's.") var maxAttempts: Int?
    @Flag(help: "Wait until it has ended, and end with its result.") var wait = false
    @Flag(help: "One JSON document on stdout.") var json = false

    func run() async throws {
        let composition = try Composition(common)
        let job = try job(composition)
        try await composition.withBroker { broker in
            let made = try await broker.enqueue(Array(repeating: job, count: count))
            guard wait, let first = made.first else { return report(made) }
            try await JobWaiting(broker: broker, asJSON: json).end(of: first.id)
        }
    }

    private func job(_ composition: Composition) throws -> NewJob {
        guard (1...1_000_000).contains(count) else {
            throw CommandFailure(.usage, "--count is \(count). Use 1 to 1000000.")
        }
        guard id == nil || count == 1 else { throw CommandFailure(.usage, "--id names one job. Leave out --count.") }
        guard delay == nil || at == nil else { throw CommandFailure(.usage, "--in and --at are both given. Use one.") }
        guard let known = composition.kinds.first(where: { $0.name == kind }) else {
            let names = composition.kinds.map(\.name).joined(separator: ", ")
            throw CommandFailure(.usage, "No job kind is called '\(kind)'. Use one of: \(names).")
        }
        var job = NewJob(
            id: try id.map { try JobID($0) }, kind: try JobKind(kind), queue: try QueueName(queue ?? known.queue),
            payload: try JobPayload(json: args))
        job.priority = priority
        if let maxAttempts {
            guard (1...100).contains(maxAttempts) else {
                throw CommandFailure(.usage, "--max-attempts is \(maxAttempts). Use 1 to 100.")
            }
            job.options.maxAttempts = maxAttempts
        }
        if let freshFor { job.freshForMilliseconds = try Quantity.milliseconds(freshFor) }
        if let delay { job.start = .after(milliseconds: try Quantity.milliseconds(delay)) }
        if let at {
            guard let time = Timestamp.milliseconds(at) else {
                throw CommandFailure(.usage, "'\(at)' is not a time. Write it like 2026-01-31T08:00:00Z.")
            }
            job.start = .at(milliseconds: time)
        }
        return job
    }

    private func report(_ made: [EnqueuedJob]) {
        guard json else {
            if made.count == 1, let job = made.first {
                print(job.isNew ? "\(job.id)" : "\(job.id) exists already; nothing was changed")
            } else {
                print("enqueued \(made.count) jobs in \(made.first?.queue.description ?? "")")
            }
            return
        }
        let documents = made.map { job in
            JSONDocument.object([
                ("id", .string(job.id.description)), ("queue", .string(job.queue.description)),
                ("new", .bool(job.isNew)),
            ])
        }
        (count == 1 ? documents[0] : .array(documents)).printDocument()
    }
}

/// Waits for one job to end and passes its end on.
struct JobWaiting {
    let broker: Broker
    let asJSON: Bool

    func end(of id: JobID) async throws {
        let inspector = QueueInspector(broker: broker)
        while true {
            guard let job = try await inspector.job(id) else {
                throw CommandFailure(.notFound, "Job '\(id)' is not remembered any more. Look in 'flotilla jobs list'.")
            }
            if job.state.isFinal {
                let document = JobDocument(job: job, queueAttempts: RetryPolicy().attempts).document
                if asJSON { document.printDocument() } else { print("\(job.id) \(job.state.rawValue)") }
                guard job.state == .succeeded else {
                    throw CommandFailure(.failed, job.failure?.message ?? "The job ended as \(job.state.rawValue).")
                }
                return
            }
            try await ContinuousClock().sleep(for: .milliseconds(50))
        }
    }
}
