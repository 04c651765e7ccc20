import ArgumentParser
import Documents
import JobQueue
import Jobs
import Time

struct Enqueue: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Put a job into its queue.",
        discussion: """
            Examples:
              flotilla enqueue evaluation --args '{"bot_id": 7}'
              flotilla enqueue cache-refresh --args '{"what": "quotes"}' --in 5m
              flotilla enqueue evaluation --args '{"bot_id": 7}' --unique bot-7
              flotilla enqueue rebalance --chain 'evaluation:{"bot_id": 7}'
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "The kind of job.") var kind: String
    @Option(help: "Its arguments, one JSON value; - reads them from stdin.") var args = "{}"
    @Option(help: "Another queue than the kind's own.") var queue: String?
    @Option(name: .customLong("in"), help: "Run it after this long, such as 5m.") var delay: String?
    @Option(help: "Run it at this time, RFC 3339.") var at: String?
    @Option(help: "Let it expire when it cannot start within this time, such as 90s.") var freshFor: String?
    @Option(help: "\(NewJob.priorityBounds.shown); a greater one goes first.") var priority = 0
    @Option(help: "Its id; enqueueing the same id again changes nothing.") var id: String?
    @Option(help: "How many of it, up to 1000: all of them or none.") var count = 1
    @Option(help: "Attempts before it is given up, \(RetryPolicy.attemptBounds.shown), instead of the queue's.")
    var maxAttempts: Int?
    @OptionGroup var terms: EnqueueOptions
    @Flag(help: "Wait until it has ended, and end with its result.") var wait = false
    @Option(help: "How long --wait waits, such as 30s; then the command ends with 1, and the job goes on.")
    var timeout = "5m"
    @Flag(help: "Enqueue into a queue that no worker and no pool of the schedule serves yet.") var newQueue = false
    @Flag(help: "One JSON document on stdout.") var json = false

    func run() async throws {
        let composition = try Composition(common)
        var job = try job(composition)
        let keptFor = try terms.keptMilliseconds()
        let limit = try JobWaiting.limit(timeout)
        try await composition.withBroker { broker in
            if let keptFor {
                let now = try await broker.clock.now()
                job.options.uniqueUntilMilliseconds = now + keptFor
            }
            let service = try await QueueService(composition, broker)
            if queue != nil, !newQueue { try service.refuseUnserved(job.queue) }
            let made = try await broker.enqueue(Array(repeating: job, count: count))
            service.warning(job.queue, job.kind, version: job.options.version ?? 1).map { Terminal.complain($0) }
            guard wait else { return report(made) }
            try await JobWaiting(composition, broker, limit: limit, asJSON: json).end(of: made.map(\.id))
        }
    }

    private func job(_ composition: Composition) throws -> NewJob {
        guard (1...Self.most).contains(count) else {
            throw CommandFailure(.usage, "--count is \(count). Use 1 to \(Self.most).")
        }
        guard id == nil || count == 1 else { throw CommandFailure(.usage, "--id names one job. Leave out --count.") }
        guard terms.unique == nil || count == 1 else {
            throw CommandFailure(.usage, "--unique accepts one job. Leave out --count.")
        }
        guard delay == nil || at == nil else { throw CommandFailure(.usage, "--in and --at are both given. Use one.") }
        let known = try composition.known(kind: kind)
        var job = NewJob(
            id: try id.map { try JobID($0) }, kind: known.kind,
            queue: try queue.map { try QueueName($0) } ?? known.queue,
            payload: try ArgumentText.payload(args))
        job.priority = priority
        if let maxAttempts {
            guard RetryPolicy.attemptBounds.contains(maxAttempts) else {
                throw CommandFailure(
                    .usage, "--max-attempts is \(maxAttempts). Use \(RetryPolicy.attemptBounds.shown).")
            }
            job.options.maxAttempts = maxAttempts
        }
        if let freshFor { job.freshForMilliseconds = try DurationParser.milliseconds(freshFor) }
        if let delay { job.start = .after(milliseconds: try DurationParser.milliseconds(delay)) }
        if let at { job.start = .at(milliseconds: try Timestamp.milliseconds(at, "--at")) }
        try terms.apply(to: &job.options, composition)
        // A newer shape than the first is for workers that know it; this program may not.
        if job.options.version ?? 1 <= 1 { try composition.check(job.payload, for: job.kind) }
        return job
    }

    private static let most = 1_000

    private func report(_ made: [EnqueuedJob]) {
        guard json else {
            if made.count == 1, let job = made.first {
                print(job.isNew ? "\(job.id)" : "already there: \(job.id)")
            } else {
                print("enqueued \(made.count) jobs in \(made.first?.queue.description ?? "")")
            }
            return
        }
        let documents = made.map { EnqueuedJobDocument($0) }
        if count == 1 { Terminal.printDocument(documents[0]) } else { Terminal.printDocument(documents) }
    }
}

extension Composition {
    /// A kind that this installation runs, and the queue it uses unless told otherwise.
    /// - Throws: `CommandFailure` with status `usage` for any other.
    func known(kind text: String) throws -> (kind: JobKind, queue: QueueName) {
        guard let known = kinds.first(where: { $0.name == text }) else {
            let names = kinds.map(\.name).joined(separator: ", ")
            let near =
                SpellingSuggestion.suggestion(for: text, among: kinds.map(\.name)).map { " Did you mean '\($0)'?" }
                ?? ""
            throw CommandFailure(.usage, "No job kind is called '\(Shown.line(text))'. Use one of: \(names).\(near)")
        }
        return (known.kind, known.queue)
    }

    /// Asks the kind whether it takes these arguments.
    /// - Throws: `CommandFailure` with status `usage` when it does not.
    func check(_ payload: JobPayload, for kind: JobKind) throws {
        guard let known = kinds.first(where: { $0.name == kind.description }),
            let sentence = known.arguments.sentence(on: payload.bytes, kind: known.name)
        else { return }
        throw CommandFailure(.usage, sentence)
    }
}
