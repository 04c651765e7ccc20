import Redis

@testable import JobQueue

extension QueueBench {
    /// Enqueues jobs, runs them and lets them die, in this order, each with a message of its own.
    func deadLetter(_ deaths: [(id: String, message: String)]) async throws {
        for death in deaths {
            try await broker.enqueue(try job(death.id))
            for leased in try await fetch() {
                _ = try await broker.claims.deadLetter(leased, because: failure(death.message))
            }
        }
    }

    /// Sets when a job has died.
    func date(_ id: String, _ milliseconds: Int64) async throws {
        _ = try await redis.send(["ZADD", .text(keys.dead), "XX", .integer(Int(milliseconds)), .text(id)])
    }

    /// Dead jobs, newest first.
    func dead() async throws -> [StoredJob] { try await inspector.jobs(in: queue, state: .dead, limit: 1_000) }

    func deadIDs() async throws -> [String] { try await dead().map(\.id.description) }

    func counter(_ name: String) async throws -> Int {
        Int(try await redis.send(["HGET", .text(keys.meta), .text(name)]).optionalString(of: "HGET") ?? "0") ?? 0
    }
}
