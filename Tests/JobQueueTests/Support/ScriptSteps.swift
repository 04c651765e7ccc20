import Redis

@testable import JobQueue

/// The steps of a job's life, each one call of a script, on the short keys of `ScriptBench`. Worker `w1` runs the jobs;
/// its fences are read from its claims.
extension ScriptBench {
    private static let keysOfWorker = block + ["running"]

    /// Gives the worker a lease until far in the future.
    func lease() async throws { try await set(["leases": .scores(["w1": 9_000_000])]) }

    /// - Returns: the answer for the one job.
    @discardableResult
    func enqueue(
        _ id: String, _ text: String = record(), priority: Int = 0, due: Int = 0, now: Int = 1_000
    ) async throws -> RedisValue {
        let job: [RedisWord] = [.text(id), .text(text), .integer(priority), .integer(due)]
        return try await run(Scripts.enqueue, Self.block, [.integer(now), 100, 1] + job).array()[0]
    }

    /// - Returns: the ids of the jobs that were handed out.
    @discardableResult
    func fetch(
        _ limit: Int = 10, at gate: String = "ready", crashed: Bool = true, now: Int = 1_000
    ) async throws -> [String] {
        let answer = try await run(
            Scripts.fetch, Self.keysOfWorker + ["leases", "fuses"],
            ["w1", .integer(now), .integer(limit), .text(gate), crashed ? "1" : "0"]
        ).array()
        // A last one without a record says that the first is handed out alone of its sort.
        return try stride(from: 1, to: answer.count - 1, by: 2).map { try answer[$0].string() }
    }

    /// Ends a job for good: S, C or E.
    func acknowledge(_ id: String, _ stateCode: Character = "S", options: String = "", now: Int = 2_000) async throws {
        let counter: RedisWord = stateCode == "S" ? "succeeded" : stateCode == "C" ? "cancelled" : "expired"
        let final = record(stateCode, started: 1_000, finished: now, worker: "w1", options: options)
        _ = try await run(
            Scripts.acknowledge, Self.keysOfWorker + ["batch"],
            [.integer(now), 100, 1, .text(id), .integer(try await fence(of: id)), .text(final), counter, "", "", 0])
    }

    func deadLetter(_ id: String, options: String = "", now: Int = 2_000) async throws {
        let final = record("D", attempts: 1, started: 1_000, finished: now, worker: "w1", options: options)
        _ = try await run(
            Scripts.deadLetter, Self.keysOfWorker,
            [.text(id), .integer(try await fence(of: id)), .integer(now), .text(final)])
    }

    func retry(_ id: String, options: String = "", due: Int = 60_000, now: Int = 2_000) async throws {
        _ = try await run(
            Scripts.retry, Self.keysOfWorker,
            [
                .text(id), .integer(try await fence(of: id)), .integer(now), .integer(due),
                .text(record(attempts: 1, options: options)),
            ])
    }

    func postpone(_ id: String, options: String = "", due: Int = 60_000, now: Int = 2_000) async throws {
        _ = try await run(
            Scripts.postpone, Self.keysOfWorker,
            [
                .text(id), .integer(try await fence(of: id)), .integer(now), .integer(due),
                .text(record(options: options)),
            ])
    }

    func park(_ id: String, at gate: String = "kind=report@2", options: String = "") async throws {
        _ = try await run(
            Scripts.park, Self.keysOfWorker,
            [.text(id), .integer(try await fence(of: id)), .text(gate), .text(record(options: options))])
    }

    /// The worker is seen to die, and its jobs are taken back; it has its lease again afterwards.
    func rescue(maxCrashes: Int = 9, now: Int = 2_000) async throws {
        _ = try await redis.send(["DEL", "leases"])
        _ = try await run(
            Scripts.rescueExpired, Self.keysOfWorker + ["leases", "vanished"],
            ["w1", .integer(now), .integer(maxCrashes), "1", "gone", 30_000])
        try await lease()
    }

    /// The record is forgotten, as when others have ended since.
    func forget(_ id: String) async throws {
        _ = try await redis.pipeline([["LREM", "done", 0, .text(id)], ["HDEL", "jobs", .text(id)]])
    }

    func cancel(_ id: String, now: Int = 2_000) async throws {
        _ = try await run(
            Scripts.cancel, Self.block + ["batch", "leases", "running"],
            [.text(id), .integer(now), "told", .text("q \(id)"), "w1"])
    }

    func purge(now: Int = 2_000) async throws { _ = try await run(Scripts.purge, Self.block, [100, .integer(now)]) }

    func sweep(now: Int) async throws { _ = try await run(Scripts.sweepFinished, Self.block, [0, 100, .integer(now)]) }

    private func fence(of id: String) async throws -> Int {
        let claim = try await redis.send(["HGET", "running", .text(id)]).optionalString() ?? ""
        return Int(claim.prefix { $0 != " " }) ?? 0
    }

    func hash(_ key: String) async throws -> [String: String] {
        guard try await redis.send(["EXISTS", .text(key)]).int() == 1 else { return [:] }
        guard case .hash(let fields) = try await Held.read(key, from: redis) else { return [:] }
        return fields
    }

    func list(_ key: String) async throws -> [String] { try await redis.send(["LRANGE", .text(key), 0, -1]).strings() }

    func members(_ key: String) async throws -> [String] {
        try await redis.send(["ZRANGE", .text(key), 0, -1]).strings()
    }
}

/// How a job can leave the hands of its worker or its place in line.
enum Departure: String, CaseIterable, Sendable {
    case succeeded, cancelled, expired, dead, crashedForGood, retried, postponed, putBack, parked, rescued

    /// Those after which the job lives no more.
    static let ends = [succeeded, cancelled, expired, dead, crashedForGood]
    /// Those after which it lives on.
    static let returns = [retried, postponed, putBack, parked, rescued]

    /// Takes it with a job that runs.
    func take(_ id: String, options: String, on bench: ScriptBench) async throws {
        switch self {
        case .succeeded: try await bench.acknowledge(id, "S", options: options)
        case .cancelled: try await bench.acknowledge(id, "C", options: options)
        case .expired: try await bench.acknowledge(id, "E", options: options)
        case .dead: try await bench.deadLetter(id, options: options)
        case .crashedForGood: try await bench.rescue(maxCrashes: 1)
        case .retried: try await bench.retry(id, options: options)
        case .postponed: try await bench.postpone(id, options: options)
        case .putBack: try await bench.postpone(id, options: options, due: 0)
        case .parked: try await bench.park(id, options: options)
        case .rescued: try await bench.rescue()
        }
    }
}
