import Redis

/// Stops calls to a dependency while it fails, for the whole fleet: jobs wait without spending an attempt.
///
/// While closed, it admits every job and counts jobs that fail alike; any success clears the counts. Enough failures
/// open it: no job is admitted for a time. Then it probes, one job at a time: a failure opens it again for twice as
/// long, a success begins the ramp, at whose end it is closed. Times are Redis' clock; each change is one script.
///
/// The worker of an admitted job reports the outcome. A report of an attempt that started before the probe is out of
/// date: it neither lengthens an opening nor ends one, if the report states when the attempt started.
public struct CircuitBreaker: Sendable {
    private let runner: ScriptRunner
    private let circuits: [String: CircuitRules]

    /// - Parameter circuits: every dependency with a circuit. Numbers out of their range are clamped.
    public init(broker: Broker, circuits: [CircuitRules]) {
        runner = broker.runner
        self.circuits = Dictionary(circuits.map { ($0.name, $0) }, uniquingKeysWith: { $1 })
    }

    /// Asks how many jobs may be started now. Those that were admitted and are not started must be given back.
    /// - Returns: nil when no such circuit exists: every job may start then.
    public func admit(_ name: String, upTo most: Int) async throws(JobQueueError) -> CircuitAnswer? {
        guard let rules = circuits[name] else { return nil }
        let now = try await runner.clock.now()
        let reply = try await runner.run(
            Scripts.circuitAdmit, [runner.keyspace.circuit(name)],
            [
                .integer(Int(now)), .integer(max(0, most)), .integer(Int(rules.openForMilliseconds)),
                .integer(Int(rules.rampMilliseconds)),
            ])
        let numbers = try RateLimiter.numbers(reply, 3, "circuit_admit", runner)
        return CircuitAnswer(admitted: numbers[0], waitMilliseconds: numbers[1], isTroubled: numbers[2] == 1)
    }

    /// Takes back admissions that no job used. A probe that is not given back blocks all other jobs until it is
    /// forgotten.
    public func giveBack(_ name: String, jobs: Int) async throws(JobQueueError) {
        guard circuits[name] != nil, jobs > 0 else { return }
        _ = try await runner.run(Scripts.circuitGiveBack, [runner.keyspace.circuit(name)], [.integer(jobs)])
    }

    /// Reports that a job failed because of the dependency.
    /// - Parameters:
    ///   - fingerprint: the same for failures of one cause, as in `JobFailure`.
    ///   - startedAt: when the attempt was started, as in `LeasedJob.startedMilliseconds`; nil is taken for now, and an
    ///     attempt from before the outage may then be taken for the probe.
    /// - Returns: whether this report opened the circuit.
    @discardableResult
    public func failed(
        _ name: String, fingerprint: String, job: JobID, startedAt: Int64? = nil
    ) async throws(JobQueueError) -> Bool {
        guard let rules = circuits[name] else { return false }
        let now = try await runner.clock.now()
        let reply = try await runner.run(
            Scripts.circuitFail, [runner.keyspace.circuit(name)],
            [
                .integer(Int(now)), .text(Self.word(fingerprint)), .text(job.description),
                .integer(Int(startedAt ?? now)), .integer(rules.neededFailures),
                .integer(Int(rules.windowMilliseconds)), .integer(Int(rules.openForMilliseconds)),
                .integer(Int(rules.openMaxMilliseconds)),
            ])
        return try runner.decode { () throws(RedisError) in try reply.int(of: "circuit_fail") == 2 }
    }

    /// Reports that a job's calls to the dependency succeeded. Needed only when its admission said `isTroubled`.
    /// - Parameter startedAt: as for `failed`.
    /// - Returns: whether the report ends the opening and jobs come back step by step.
    @discardableResult
    public func succeeded(_ name: String, startedAt: Int64? = nil) async throws(JobQueueError) -> Bool {
        guard circuits[name] != nil else { return false }
        let now = try await runner.clock.now()
        let reply = try await runner.run(
            Scripts.circuitSucceed, [runner.keyspace.circuit(name)],
            [.integer(Int(now)), .integer(Int(startedAt ?? now))])
        return try runner.decode { () throws(RedisError) in try reply.int(of: "circuit_succeed") == 2 }
    }

    /// Every circuit, by name.
    public func states() async throws(JobQueueError) -> [CircuitState] {
        let now = try await runner.clock.now()
        let sorted = circuits.values.sorted { $0.name < $1.name }
        let replies = try await runner.pipeline(
            sorted.map { RedisCommand(["HMGET", .text(runner.keyspace.circuit($0.name))] + Self.fields) })
        return try runner.decode { () throws(RedisError) in
            var states: [CircuitState] = []
            for (rules, reply) in zip(sorted, replies) {
                var stored: [String?] = []
                for value in try reply.array(of: "HMGET", count: Self.fields.count) {
                    stored.append(try value.optionalString(of: "HMGET"))
                }
                states.append(CircuitState(rules, stored: stored, now: now))
            }
            return states
        }
    }

    /// The fields that `CircuitState` reads, in its order.
    private static let fields: [RedisWord] = [
        "phase", "since", "until", "ramp", "reason", "hand", "openings", "failures",
    ]

    /// Closes a circuit and deletes its state.
    /// - Returns: false when it had no state.
    @discardableResult
    public func reset(_ name: String) async throws(JobQueueError) -> Bool {
        guard circuits[name] != nil else { return false }
        let reply = try await runner.run(Scripts.deleteSetting, [runner.keyspace.circuit(name)], [])
        return try runner.decode { () throws(RedisError) in try reply.bool(of: "delete_setting") }
    }

    /// Opens a circuit on request of an operator; after its time a probe is admitted, as after any opening.
    /// - Parameters:
    ///   - duration: one second to 30 days; others are clamped.
    ///   - reason: shown to operators; one line, up to 200 characters.
    public func open(_ name: String, for duration: Duration, reason: String) async throws(JobQueueError) {
        guard let rules = circuits[name] else { return }
        let now = try await runner.clock.now()
        let length = min(max(duration.milliseconds, 1_000), 30 * 86_400_000)
        let line = reason.split(whereSeparator: \.isNewline).joined(separator: " ").prefix(200)
        _ = try await runner.run(
            Scripts.circuitOpen, [runner.keyspace.circuit(name)],
            [.integer(Int(now)), .integer(Int(length)), .integer(Int(rules.openForMilliseconds)), .text(String(line))])
    }

    /// One word of printable ASCII, as the script keeps it.
    private static func word(_ fingerprint: String) -> String {
        let safe = fingerprint.utf8.prefix(64).map { (0x21...0x7E).contains($0) ? $0 : 0x5F }
        return safe.isEmpty ? "_" : String(decoding: safe, as: UTF8.self)
    }
}
