import ArgumentParser
import Documents
import Exchange
import JobQueue
import Jobs
import Operations
import ScheduleConfiguration
import Time
import Trading

/// Which dead jobs.
struct DeadSelection: ParsableArguments {
    @Argument(help: "Ids of dead jobs.") var ids: [String] = []
    @Flag(help: "All of them.") var all = false
    @Option(help: "Only this kind.") var kind: String?
    @Option(help: "Only this queue.") var queue: String?
    @Option(help: "Only where the error has this text.") var error: String?
    @Option(help: "Only this group; see 'flotilla failed groups'.") var group: String?
    @Option(help: "Only those that died within this time, such as 1h.") var since: String?

    /// Gives every dead job to the body, queue by queue and oldest first, in pages: however many there are, one page is
    /// in memory.
    static func eachPage(
        _ broker: Broker, of queues: [QueueName]? = nil, _ body: ([StoredJob]) throws -> Void
    ) async throws {
        let all = if let queues { queues } else { try await QueueInspector(broker: broker).queues() }
        for queue in all {
            var place: DeadPlace?
            repeat {
                let page = try await broker.deadLetters.deadJobs(in: queue, after: place)
                try body(page.jobs)
                place = page.next
            } while place != nil
        }
    }

    /// Gives the jobs that fit to the body, in pages; selectors combine with and. Jobs that are named are found by
    /// their ids, however many others there are.
    /// - Parameter orAll: whether no selector means all of them; else it is refused, and so is a queue that never had a
    ///   job or a worker.
    func eachPage(_ broker: Broker, orAll: Bool, _ body: ([StoredJob]) throws -> Void) async throws {
        try check(orAll: orAll)
        let only = try queue.map { [try QueueName($0)] }
        if let queue, !orAll { _ = try await Queues.known(queue, broker) }
        var after: Int64?
        if let since {
            let age = try DurationParser.milliseconds(since)
            after = try await broker.clock.now() - age
        }
        guard ids.isEmpty else { return try body(try await named(broker, after)) }
        try await Self.eachPage(broker, of: only) { jobs in
            let fitting = jobs.filter { fits($0, after) }
            if !fitting.isEmpty { try body(fitting) }
        }
    }

    /// The jobs that fit, newest first.
    func jobs(_ broker: Broker, orAll: Bool) async throws -> [StoredJob] {
        var found: [StoredJob] = []
        try await eachPage(broker, orAll: orAll) { found += $0 }
        return found.sorted {
            ($1.envelope.finishedMilliseconds ?? 0, $1.id) < ($0.envelope.finishedMilliseconds ?? 0, $0.id)
        }
    }

    private func named(_ broker: Broker, _ after: Int64?) async throws -> [StoredJob] {
        var found: [StoredJob] = []
        var missing: [String] = []
        for id in Set(ids).sorted() {
            if let job = try await JobChoice.find(id, state: .dead, broker), job.state == .dead, fits(job, after) {
                if !found.contains(where: { $0.id == job.id }) { found.append(job) }
            } else {
                missing.append(id)
            }
        }
        guard missing.isEmpty else {
            let names = Shown.line(missing.joined(separator: ", "), 400)
            throw CommandFailure(
                .notFound,
                "Not dead, not kept, or left out by the other selectors: \(names). "
                    + "See 'flotilla failed list'.")
        }
        return found
    }

    func fits(_ job: StoredJob, _ after: Int64?) -> Bool {
        (kind == nil || job.envelope.kind.description == kind)
            && (queue == nil || job.queue.description == queue)
            && (error.map { job.failure?.message.contains($0) == true } ?? true)
            && (group == nil || job.failure?.fingerprint == group)
            && (after.map { (job.envelope.finishedMilliseconds ?? 0) >= $0 } ?? true)
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
        if let since { _ = try DurationParser.milliseconds(since) }
        guard error != "" else { throw CommandFailure(.usage, "--error is empty. Give a part of the message.") }
        if let group, group.wholeMatch(of: /[0-9a-f]{8}|[a-z]+(-[a-z]+)*/) == nil {
            throw CommandFailure(
                .usage, "--group is '\(Shown.line(group))'. Use what 'flotilla failed groups' shows in column GROUP.")
        }
    }

    /// What a change of dead jobs does to them.
    enum Verb: String {
        /// They run again.
        case retry
        /// They go to the bin.
        case discard
        /// They are gone.
        case discardForGood = "discard, for good,"
    }

    /// Shows what would be touched and asks; one job that was named needs no question.
    /// - Returns: the jobs; nil when they were only to be shown.
    func agreed(
        _ composition: Composition, _ consent: ConfirmationOptions, _ broker: Broker, _ verb: Verb
    ) async throws -> [StoredJob]? {
        let jobs = try await jobs(broker, orAll: false)
        let isMany = jobs.count > 1 || ids.isEmpty && !jobs.isEmpty
        if isMany, !consent.yes || consent.dryRun, !consent.json {
            let sample = jobs.prefix(3).map { "  \($0.id) \($0.envelope.kind)" }.joined(separator: "\n")
            Terminal.complain("\(jobs.count) dead jobs, such as:\n\(sample)")
            for line in try await known(of: jobs, composition, broker, verb) { Terminal.complain(line) }
        }
        if consent.dryRun {
            JobTable(composition).show(jobs, as: consent.json ? .json : .table)
            return nil
        }
        if isMany { try consent.demand("\(verb.rawValue) \(jobs.count) jobs?") }
        return jobs
    }

    /// What is known of the jobs, and of taking the change back, in lines.
    private func known(
        of jobs: [StoredJob], _ composition: Composition, _ broker: Broker, _ verb: Verb
    ) async throws -> [String] {
        let preview = BulkPreview(jobs)
        let products = preview.productsWithSizes.compactMap { ProductID(rawValue: $0) }
        // Without quotes no value is known.
        let quotes = try? await MarketDataCache(redis: broker.redis, logger: composition.logger).quotes(products)
        let prices = Dictionary(
            (quotes ?? [:]).compactMap { id, quote in Double("\(quote.quote.ask)").map { (id.rawValue, $0) } },
            uniquingKeysWith: { $1 })
        var lines = preview.lines(prices: prices)
        if verb == .retry, let file = try? await composition.activeSchedule(broker) {
            lines += preview.tokens(file.queues, file.limits)
        }
        return lines + (try await undoing(jobs, broker, verb))
    }

    private func undoing(_ jobs: [StoredJob], _ broker: Broker, _ verb: Verb) async throws -> [String] {
        guard verb != .discardForGood else { return ["This cannot be undone."] }
        var lines: [String] = []
        let counts = Dictionary(grouping: jobs, by: \.queue).mapValues(\.count)
        for (queue, count) in counts.sorted(by: { $0.key < $1.key }) {
            let room = try await OperatorBin(broker: broker).room(in: queue)
            guard room < count else { continue }
            lines.append("The bin of '\(queue)' has room for \(room) of \(count): the others cannot be brought back.")
        }
        guard verb == .retry else { return lines }
        let orders = jobs.contains { JobCatalog.placesOrders($0.envelope.kind.description) }
        return lines + ["What has begun to run cannot be undone\(orders ? ", nor an order that was sent" : "")."]
    }
}
