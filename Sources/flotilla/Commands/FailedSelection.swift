import ArgumentParser
import JobQueue
import Scheduler

/// Which dead jobs.
struct DeadSelection: ParsableArguments {
    @Argument(help: "Ids of dead jobs.") var ids: [String] = []
    @Flag(help: "All of them.") var all = false
    @Option(help: "Only this kind.") var kind: String?
    @Option(help: "Only this queue.") var queue: String?
    @Option(help: "Only where the error has this text.") var error: String?
    @Option(help: "Only this group; see 'flotilla failed groups'.") var group: String?
    @Option(help: "Only those that died within this time, such as 1h.") var since: String?

    /// The newest that are looked at, of each queue; the number bounds this process' memory.
    private static let limit = 100_000

    static func all(_ broker: Broker) async throws -> [StoredJob] {
        let inspector = QueueInspector(broker: broker)
        var jobs: [StoredJob] = []
        for queue in try await inspector.queues() {
            let found = try await inspector.jobs(in: queue, state: .dead, limit: limit)
            if found.count == limit { Terminal.complain("Only the newest \(limit) dead jobs of '\(queue)' are seen.") }
            jobs += found
        }
        return jobs
    }

    /// The jobs that fit; selectors combine with and.
    /// - Parameter orAll: whether no selector means all of them; else it is refused, and so is a queue that nobody has
    ///   used.
    func jobs(_ broker: Broker, orAll: Bool) async throws -> [StoredJob] {
        try check(orAll: orAll)
        if let queue, !orAll { _ = try await Queues.known(queue, broker) }
        let wanted = Set(ids)
        var after: Int64?
        if let since {
            let age = try Quantity.milliseconds(since)
            after = try await broker.clock.now() - age
        }
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
            let names = Shown.line(missing.joined(separator: ", "), 400)
            throw CommandFailure(
                .notFound, "Not dead, not kept, or left out by the other selectors: \(names). "
                    + "See 'flotilla failed list'.")
        }
        return found
    }

    /// Before Redis is asked.
    /// - Throws: `CommandFailure` with status `usage`, or `JobQueueError.badName`.
    func check(orAll: Bool) throws {
        let isNarrowed = !ids.isEmpty || kind != nil || queue != nil || error != nil || group != nil || since != nil
        guard isNarrowed || all || orAll else {
            throw CommandFailure(.usage, "No dead job is selected. Give ids, a selector such as --kind, or --all.")
        }
        for id in ids { _ = try JobID(id) }
        if let kind { _ = try JobKind(kind) }
        if let queue { _ = try QueueName(queue) }
        if let since { _ = try Quantity.milliseconds(since) }
        guard error != "" else { throw CommandFailure(.usage, "--error is empty. Give a part of the message.") }
        if let group, group.count != 8 || !group.allSatisfy(\.isHexDigit) {
            throw CommandFailure(
                .usage, "--group is '\(Shown.line(group))'. Use the eight digits that 'flotilla failed groups' shows.")
        }
    }

    /// Shows what would be touched and asks; one job that was named needs no question.
    /// - Returns: the jobs; nil when they were only to be shown.
    func agreed(
        _ composition: Composition, _ consent: Consent, _ broker: Broker, verb: String
    ) async throws -> [StoredJob]? {
        let jobs = try await jobs(broker, orAll: false)
        if consent.dryRun {
            JobTable(composition).show(jobs, as: consent.json ? .json : .table)
            return nil
        }
        if jobs.count > 1 || ids.isEmpty, !jobs.isEmpty {
            let sample = jobs.prefix(3).map { "  \($0.id) \($0.envelope.kind)" }.joined(separator: "\n")
            if !consent.yes { Terminal.complain("\(jobs.count) dead jobs, such as:\n\(sample)") }
            try consent.demand("\(verb) \(jobs.count) jobs?")
        }
        return jobs
    }
}
