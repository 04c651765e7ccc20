import ArgumentParser
import Documents
import JobQueue
import Jobs
import Operations

extension Failed {
    struct Edit: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Put a changed copy in a dead job's place.",
            discussion: """
                Without --args, --kind and --queue it opens the arguments in $VISUAL or $EDITOR, checks what was
                written, shows what is different and asks.
                The copy has a new id and all its attempts; 'flotilla jobs show' tells where it comes from. An
                execution job with a new id is a new order, so that one asks for the queue's name, or for
                --yes --i-mean \(KindDefinition.execution.name).
                Examples:
                  flotilla failed edit 01J9ZK4M5N --args '{"bot_id": 7}' --yes
                  flotilla failed edit 01J9ZK4M5N --args - --yes < args.json
                """)

        @OptionGroup var common: CommonOptions
        @Argument(help: "Its id.") var id: String
        @Option(help: "Other arguments, one JSON value; - reads them from stdin.") var args: String?
        @Option(help: "Another kind.") var kind: String?
        @Option(help: "Another queue.") var queue: String?
        @Flag(help: "Allow a queue that no worker and no pool of the schedule serves yet.") var newQueue = false
        @Option(help: "Says '\(KindDefinition.execution.name)' beside --yes where the copy may place an order.")
        var iMean: String?
        @OptionGroup var consent: ConfirmationOptions

        func run() async throws {
            let isGiven = args != nil || kind != nil || queue != nil
            guard isGiven || Terminal.canAsk else {
                throw CommandFailure(
                    .usage,
                    "Nothing is changed. Give --args, --kind or --queue, or run it in a terminal, where it opens an "
                        + "editor; 'flotilla failed retry' runs it as it is.")
            }
            let composition = try Composition(common)
            let id = try JobID(id)
            var change = DeadJobEdit(
                payload: try args.map(ArgumentText.payload),
                kind: try kind.map { try composition.known(kind: $0).kind },
                queue: try queue.map { try QueueName($0) })
            try await composition.withBroker { broker in
                guard let dead = try await JobChoice.find(id.description, state: .dead, broker), dead.state == .dead
                else {
                    throw CommandFailure(.notFound, "No dead job '\(id)' is kept. Look in 'flotilla failed list'.")
                }
                guard !isGiven else { return try await make(change, of: dead, composition, broker) }
                let editor = try await ArgumentEditor(
                    dead.id, dead.envelope.payload, environment: composition.settings.environment)
                change.payload = try await editor.edited()
                let edited = change
                try await editor.keeping { try await make(edited, of: dead, composition, broker) }
            }
        }

        private func make(
            _ change: DeadJobEdit, of dead: StoredJob, _ composition: Composition, _ broker: Broker
        ) async throws {
            var random = SystemRandomNumberGenerator()
            let now = try await broker.clock.now()
            var job = try change.job(from: dead)
            if job.options.version ?? 1 <= 1 { try composition.check(job.payload, for: job.kind) }
            if queue != nil, !newQueue {
                try await QueueService(composition, broker).refuseUnserved(job.queue)
            }
            job.id = JobID.make(nowMilliseconds: now, using: &random)
            try job.check(now: now)
            try await put(job, inPlaceOf: dead, broker)
        }

        private func put(_ job: NewJob, inPlaceOf dead: StoredJob, _ broker: Broker) async throws {
            let differences = DeadJobEdit.differences(dead, job)
            guard !differences.isEmpty else {
                throw CommandFailure(
                    .usage, "That is what job \(dead.id) says already. 'flotilla failed retry' runs it as it is.")
            }
            if !consent.json || !consent.dryRun {
                for change in differences {
                    Terminal.complain(
                        "\(change.name)\n- \(Shown.line(change.old, 2_000))\n+ \(Shown.line(change.new, 2_000))")
                }
            }
            if consent.dryRun {
                if consent.json { Self.printDocument(dead, job, differences, isDone: false) }
                return
            }
            try demandConsent(for: job, inPlaceOf: dead)
            guard
                try await FleetOperator.here(broker).acting("dead.edit", on: dead.id.description)
                    .deadLetters.replaceDead(dead.id, in: dead.queue, with: job)
            else {
                throw CommandFailure(
                    .changed,
                    "Job \(dead.id) is not dead any more; nothing was enqueued. See 'flotilla jobs show \(dead.id)'.")
            }
            if consent.json {
                Self.printDocument(dead, job, differences, isDone: true)
            } else {
                print(job.id?.description ?? "")
            }
        }

        /// A new id of an execution job is a new order, which needs more than a yes.
        private func demandConsent(for job: NewJob, inPlaceOf dead: StoredJob) throws {
            let execution = KindDefinition.execution.name
            let names = [
                job.kind.description, job.queue.description, dead.envelope.kind.description, dead.queue.description,
            ]
            guard names.contains(execution) else {
                return try consent.demand("Put it in the place of job \(dead.id)?")
            }
            if consent.yes, iMean == execution { return }
            if !consent.yes,
                let typed = Terminal.ask(
                    "It may place a new order, which no undo takes back. Type the queue's name, \(job.queue):"),
                typed == job.queue.description
            {
                return
            }
            throw CommandFailure(
                .refused,
                "Nothing was changed: the copy has a new id, so it may place a new order. "
                    + "Say --yes --i-mean \(execution) if that is what you want.")
        }

        private static func printDocument(
            _ dead: StoredJob, _ job: NewJob, _ differences: [DeadJobEdit.Difference], isDone: Bool
        ) {
            Terminal.printDocument(
                DeadEditDocument(
                    job, inPlaceOf: dead.id, isDone: isDone, changes: differences.map { ($0.name, $0.old, $0.new) }))
        }
    }
}

/// What an operator wants different in a dead job.
struct DeadJobEdit {
    var payload: JobPayload?
    var kind: JobKind?
    var queue: QueueName?

    struct Difference {
        let name, old, new: String
    }

    /// A new job like the dead one, with the changes. It keeps the limits of its attempts and of its queue, who
    /// enqueued it and what follows it; not its tick, its place in a batch and its unique key, which the dead one had.
    /// - Throws: `CommandFailure` when it shall keep arguments that no job may have any more.
    func job(from dead: StoredJob) throws -> NewJob {
        let old = JobOptions(text: dead.envelope.options)
        let payload = if let payload { payload } else { try dead.payload }
        var job = NewJob(kind: kind ?? dead.envelope.kind, queue: queue ?? dead.queue, payload: payload)
        job.priority = dead.envelope.priority
        job.options.parentID = old.parentID
        job.options.schedule = old.schedule
        job.options.depth = old.depth
        job.options.maxAttempts = old.maxAttempts
        job.options.timeoutMilliseconds = old.timeoutMilliseconds
        job.options.concurrencyKey = old.concurrencyKey
        job.options.concurrencyLimit = old.concurrencyLimit
        job.options.version = old.version
        job.options.chain = old.chain
        job.options.traceParent = old.traceParent
        if let until = old.freshUntilMilliseconds, until > dead.envelope.enqueuedMilliseconds {
            let (time, isBeyond) = until.subtractingReportingOverflow(dead.envelope.enqueuedMilliseconds)
            job.freshForMilliseconds = isBeyond ? nil : time
        }
        return job
    }

    /// What is different, and how.
    static func differences(_ dead: StoredJob, _ job: NewJob) -> [Difference] {
        [
            Difference(name: "kind", old: dead.envelope.kind.description, new: job.kind.description),
            Difference(name: "queue", old: dead.queue.description, new: job.queue.description),
            Difference(name: "args", old: dead.args, new: String(decoding: job.payload.bytes, as: UTF8.self)),
        ].filter { $0.old != $0.new }
    }
}

extension StoredJob {
    fileprivate var args: String { String(decoding: envelope.payload, as: UTF8.self) }

    /// What the record holds was checked when it was enqueued, by this version or one that took more.
    fileprivate var payload: JobPayload {
        get throws {
            do throws(JobQueueError) { return try JobPayload(json: envelope.payload) } catch {
                throw CommandFailure(.usage, "\(error) Those of job \(id) are none: give others with --args.")
            }
        }
    }
}
