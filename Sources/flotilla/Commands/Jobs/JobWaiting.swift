import Documents
import JobQueue
import Operations
import Time

/// Waits for jobs to end and passes their end on. Says meanwhile why they do not, and gives up in the end.
struct JobWaiting {
    private let composition: Composition
    private let broker: Broker
    private let limit: Duration
    private let asJSON: Bool

    /// How long it waits without a word.
    private static let silence = Duration.seconds(2)
    private static let poll = Duration.milliseconds(50)

    /// - Parameter limit: how long it waits for all of them together.
    init(_ composition: Composition, _ broker: Broker, limit: Duration, asJSON: Bool) {
        self.composition = composition
        self.broker = broker
        self.limit = limit
        self.asJSON = asJSON
    }

    /// Reads `--timeout`.
    static func limit(_ text: String) throws -> Duration { .milliseconds(try DurationParser.milliseconds(text)) }

    /// Shows the jobs when all have ended: one document for one, an array for several.
    /// - Throws: `CommandFailure` with status `failed` unless all have succeeded in time.
    func end(of ids: [JobID]) async throws {
        var jobs: [StoredJob] = []
        let begun = ContinuousClock.now
        var word = WaitingWord(silence: Self.silence)
        for id in ids { jobs.append(try await end(of: id, since: begun, ids.count - jobs.count, &word)) }
        if asJSON {
            let documents = jobs.map { JobDocument($0, queueAttempts: RetryPolicy().attempts) }
            if documents.count == 1 { Terminal.printDocument(documents[0]) } else { Terminal.printDocument(documents) }
        } else {
            for job in jobs { print("\(job.id) \(job.state.rawValue)") }
        }
        let bad = jobs.filter { $0.state != .succeeded }
        guard let first = bad.first else { return }
        let reason = first.failure.map { Shown.line($0.message, 2_000) } ?? "The job ended as \(first.state.rawValue)."
        throw CommandFailure(.failed, jobs.count == 1 ? reason : "\(bad.count) of \(jobs.count) jobs: \(reason)")
    }

    private func end(
        of id: JobID, since begun: ContinuousClock.Instant, _ left: Int, _ word: inout WaitingWord
    ) async throws -> StoredJob {
        let inspector = QueueInspector(broker: broker)
        while true {
            guard let job = try await inspector.job(id) else {
                throw CommandFailure(.notFound, "Job '\(id)' is not remembered any more. Look in 'flotilla jobs list'.")
            }
            if job.state.isFinal { return job }
            let waited = begun.duration(to: .now)
            if waited > limit { throw try await timeout(job, left) }
            if word.isDue(after: waited) {
                let (holds, now) = try await JobHolds(composition.fleetView(broker)).read(job)
                let reason = [[job.state.rawValue]] + holds.map { [$0.cause.rawValue, $0.name ?? ""] }
                word.say(Self.line(job, left, holds, now), about: reason, waited)
            }
            try await Following.sleep(for: min(Self.poll, max(.milliseconds(1), limit - waited)))
        }
    }

    private static func line(_ job: StoredJob, _ left: Int, _ holds: [Hold], _ now: Int64) -> String {
        let what = left == 1 ? "job \(job.id)" : "\(left) jobs; the first is \(job.id)"
        let remedy = holds.compactMap(\.remedy).first.map { ". \($0)" } ?? ""
        return "waiting for \(what): \(JobHolds.sentence(job, holds, now))\(remedy)"
    }

    private func timeout(_ job: StoredJob, _ left: Int) async throws -> CommandFailure {
        let (holds, now) = try await JobHolds(composition.fleetView(broker)).read(job)
        let others = left == 1 ? "" : ", and \(left - 1) more after it"
        return CommandFailure(
            .failed,
            "Job \(job.id) is not over after \(Shown.age(milliseconds: limit.milliseconds))\(others): "
                + "\(JobHolds.sentence(job, holds, now)). It goes on; see 'flotilla jobs show \(job.id)', or wait "
                + "longer with --timeout.")
    }
}

/// What a command says while it waits: nothing at first, then why, and again when that changes or much time has passed.
struct WaitingWord {
    private let silence: Duration
    private var next: Duration
    private var said: [[String]]?
    private var saidAt = Duration.zero

    /// How often it looks again, and how often it says the same.
    private static let pause = Duration.seconds(1)
    private static let repetition = Duration.seconds(30)

    init(silence: Duration) {
        self.silence = silence
        next = silence
    }

    /// Whether it is time to look why.
    mutating func isDue(after waited: Duration) -> Bool {
        guard waited >= next else { return false }
        next = waited + Self.pause
        return true
    }

    /// - Parameter reason: what makes a line another one than the last.
    mutating func say(_ line: String, about reason: [[String]], _ waited: Duration) {
        guard said != reason || waited - saidAt >= Self.repetition else { return }
        (said, saidAt) = (reason, waited)
        Terminal.complain(line)
    }
}
