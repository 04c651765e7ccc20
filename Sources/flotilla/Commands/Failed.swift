import ArgumentParser
import JobQueue
import Scheduler

struct Failed: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Dead jobs: given up, and kept until a person decides.",
        subcommands: [List.self, Groups.self, Show.self, Retry.self, Discard.self], defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List dead jobs, newest first.", aliases: ["ls"])

        @OptionGroup var common: CommonOptions
        @OptionGroup var selection: DeadSelection
        @Flag(help: "One JSON document on stdout.") var json = false

        func run() async throws {
            let composition = try Composition(common)
            try await composition.withBroker { broker in
                let jobs = try await selection.jobs(broker, orAll: true)
                try JobTable(composition).show(jobs, asJSON: json)
            }
        }
    }

    struct Groups: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Dead jobs by what went wrong.")

        @OptionGroup var common: CommonOptions
        @Flag(help: "One JSON document on stdout.") var json = false

        func run() async throws {
            let composition = try Composition(common)
            try await composition.withBroker { broker in
                let jobs = try await DeadSelection.all(broker)
                let groups = Dictionary(grouping: jobs) { "\($0.failure?.fingerprint ?? "")\t\($0.envelope.kind)" }
                    .values.map(FailureGroup.init).sorted { ($1.jobs.count, $0.lastAt) < ($0.jobs.count, $1.lastAt) }
                if json { return JSONDocument.array(groups.map(\.document)).printDocument() }
                Terminal.printTable(
                    ["GROUP", "KIND", "COUNT", "LAST", "MESSAGE"],
                    groups.map {
                        [
                            $0.fingerprint, $0.kind, "\($0.jobs.count)", Timestamp.text($0.lastAt),
                            Shown.line($0.message),
                        ]
                    })
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Everything about one dead job.", aliases: ["get"])

        @OptionGroup var common: CommonOptions
        @Argument(help: "Its id.") var id: String
        @Flag(help: "One JSON document on stdout.") var json = false

        func run() async throws {
            let composition = try Composition(common)
            try await composition.withBroker { broker in
                guard let job = try await QueueInspector(broker: broker).job(try JobID(id)), job.state == .dead else {
                    throw CommandFailure(.notFound, "No dead job '\(id)' is kept. Look in 'flotilla failed list'.")
                }
                try JobTable(composition).showOne(job, asJSON: json)
            }
        }
    }

    struct Retry: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make dead jobs ready again, with all their attempts.")

        @OptionGroup var common: CommonOptions
        @OptionGroup var selection: DeadSelection
        @OptionGroup var consent: Consent

        func run() async throws {
            try await selection.decide(common, consent, verb: "retry", past: "made ready") { broker, jobs, queue in
                try await broker.requeueDead(jobs, in: queue)
            }
        }
    }

    struct Discard: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Remove dead jobs for good.")

        @OptionGroup var common: CommonOptions
        @OptionGroup var selection: DeadSelection
        @OptionGroup var consent: Consent

        func run() async throws {
            try await selection.decide(common, consent, verb: "discard", past: "discarded") { broker, jobs, queue in
                try await broker.discardDead(jobs.map(\.id), in: queue)
            }
        }
    }
}

/// Flags of commands that destroy or run again.
struct Consent: ParsableArguments {
    @Flag(help: "Do not ask.") var yes = false
    @Flag(help: "Show what would be touched, and stop.") var dryRun = false
    @Flag(help: "One JSON document on stdout.") var json = false

    /// - Throws: `CommandFailure` with status `refused` when nobody said yes.
    func demand(_ question: String) throws {
        guard !yes, !Terminal.confirm(question) else { return }
        throw CommandFailure(.refused, "Nothing was changed. Say --yes to do it without being asked.")
    }
}

/// Which dead jobs.
struct DeadSelection: ParsableArguments {
    @Argument(help: "Ids of dead jobs.") var ids: [String] = []
    @Flag(help: "All of them.") var all = false
    @Option(help: "Only this kind.") var kind: String?
    @Option(help: "Only this queue.") var queue: String?
    @Option(help: "Only where the error has this text.") var error: String?
    @Option(help: "Only this group; see 'flotilla failed groups'.") var group: String?
    @Option(help: "Only those that died within this time, such as 1h.") var since: String?

    static func all(_ broker: Broker) async throws -> [StoredJob] {
        let inspector = QueueInspector(broker: broker)
        var jobs: [StoredJob] = []
        for queue in try await inspector.queues() {
            jobs += try await inspector.jobs(in: queue, state: .dead, limit: 100_000)
        }
        return jobs
    }

    /// The jobs that fit; selectors combine with and.
    func jobs(_ broker: Broker, orAll: Bool) async throws -> [StoredJob] {
        let isNarrowed = !ids.isEmpty || kind != nil || queue != nil || error != nil || group != nil || since != nil
        guard isNarrowed || all || orAll else {
            throw CommandFailure(.usage, "No dead job is selected. Give ids, a selector such as --kind, or --all.")
        }
        let wanted = Set(ids)
        let after = try await since.map { try Quantity.milliseconds($0) }.asyncMap { try await broker.clock.now() - $0 }
        let found = try await Self.all(broker).filter { job in
            (wanted.isEmpty || wanted.contains(job.id.description))
                && (kind == nil || job.envelope.kind.description == kind)
                && (queue == nil || job.queue.description == queue)
                && (error.map { job.failure?.message.contains($0) == true } ?? true)
                && (group == nil || job.failure?.fingerprint == group)
                && (after.map { (job.envelope.finishedMilliseconds ?? 0) >= $0 } ?? true)
        }
        let missing = wanted.subtracting(found.map(\.id.description)).sorted()
        guard missing.isEmpty else {
            throw CommandFailure(
                .notFound, "Not dead, or not kept: \(missing.joined(separator: ", ")). See 'flotilla failed list'.")
        }
        return found
    }

    /// Shows what would be touched, asks, and does it.
    func decide(
        _ common: CommonOptions, _ consent: Consent, verb: String, past: String,
        _ act: (Broker, [StoredJob], QueueName) async throws -> Int
    ) async throws {
        let composition = try Composition(common)
        try await composition.withBroker { broker in
            let jobs = try await jobs(broker, orAll: false)
            if consent.dryRun {
                return try JobTable(composition).show(jobs, asJSON: consent.json)
            }
            if jobs.count > 1 || ids.isEmpty {
                let sample = jobs.prefix(3).map { "  \($0.id) \($0.envelope.kind)" }.joined(separator: "\n")
                if !consent.yes { Terminal.complain("\(jobs.count) dead jobs, such as:\n\(sample)") }
                try consent.demand("\(verb) \(jobs.count) jobs?")
            }
            var count = 0
            for (queue, group) in Dictionary(grouping: jobs, by: \.queue) {
                count += try await act(broker, group, queue)
            }
            if consent.json {
                JSONDocument.object([(verb, .int(count))]).printDocument()
            } else {
                print("\(past): \(count)")
            }
        }
    }
}

/// Dead jobs of one kind with one fingerprint.
private struct FailureGroup {
    let jobs: [StoredJob]

    var fingerprint: String { jobs.first?.failure?.fingerprint ?? "" }
    var kind: String { jobs.first?.envelope.kind.description ?? "" }
    var message: String { jobs.first?.failure?.message ?? "" }
    var lastAt: Int64 { jobs.compactMap(\.envelope.finishedMilliseconds).max() ?? 0 }
    var firstAt: Int64 { jobs.compactMap(\.envelope.finishedMilliseconds).min() ?? 0 }

    var document: JSONDocument {
        .object([
            ("fingerprint", .string(fingerprint)), ("kind", .string(kind)), ("message", .string(message)),
            ("count", .int(jobs.count)), ("first_at", .time(firstAt)), ("last_at", .time(lastAt)),
            ("sample_id", .optional(jobs.first?.id.description)),
        ])
    }
}

extension Optional {
    fileprivate func asyncMap<Result>(_ transform: (Wrapped) async throws -> Result) async rethrows -> Result? {
        guard let self else { return nil }
        return try await transform(self)
    }
}
