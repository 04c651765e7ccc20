import Redis
import Testing

@testable import JobQueue

/// configure_queue.lua
@Suite struct ConfigureQueueTests {
    let bench: ScriptBench

    init() async throws { bench = try await ScriptBench() }

    private func configure(
        _ most: String, _ policy: String, _ durability: String, freshFor: String = "", changes: Bool = true
    ) async throws {
        let answer = try await bench.run(
            Scripts.configureQueue, ["meta"], [.text(most), .text(policy), .text(durability), .text(freshFor)])
        #expect(answer == .integer(changes ? 1 : 0))
    }

    @Test func `settings are stored beside the counters and the second call replaces them`() async throws {
        try await bench.set(["meta": .hash(["fence": "7"])])
        for policy in ["reject", "drop-oldest", "coalesce"] {
            try await configure("500", policy, "fsync")
            try await bench.expect([
                "meta": .hash(["fence": "7", "max_waiting": "500", "when_full": policy, "durability": "fsync"])
            ])
        }
    }

    @Test func `a time to stay fresh is stored and forgotten`() async throws {
        try await configure("", "reject", "memory", freshFor: "5000")
        try await bench.expect(["meta": .hash(["fresh_for": "5000"])])
        try await configure("", "reject", "memory")
        try await bench.expect([:])
    }

    @Test func `what is set so already is not written again`() async throws {
        try await configure("500", "reject", "fsync", freshFor: "5000")
        try await configure("500", "reject", "fsync", freshFor: "5000", changes: false)
        _ = try await bench.redis.send(["HDEL", "meta", "when_full"])
        try await configure("500", "reject", "fsync", freshFor: "5000")
        try await bench.expect([
            "meta": .hash([
                "max_waiting": "500", "when_full": "reject", "durability": "fsync", "fresh_for": "5000",
            ])
        ])
    }

    @Test func `without a limit nothing of it is left`() async throws {
        try await configure("500", "coalesce", "fsync")
        try await configure("", "reject", "memory")
        try await bench.expect([:])
    }
}
