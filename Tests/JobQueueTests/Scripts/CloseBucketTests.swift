import Redis
import Testing

@testable import JobQueue

/// close_bucket.lua
@Suite struct CloseBucketTests {
    let bench: ScriptBench

    init() async throws { bench = try await ScriptBench() }

    private func close(now: Int, till: Int) async throws -> RedisValue {
        try await bench.run(Scripts.closeBucket, ["bucket"], [.integer(now), .integer(till)])
    }

    @Test func `a bucket is closed until the time, and empty`() async throws {
        try await bench.set(["bucket": .hash(["tokens": "7000000", "at": "900"])])
        #expect(try await close(now: 1_000, till: 3_000) == .integer(3_000))
        try await bench.expect(["bucket": .hash(["tokens": "0", "at": "3000", "closed": "3000"])])
        #expect((60_001...62_000).contains(try await bench.lifetime(of: "bucket")))
    }

    @Test func `the later of two times stays`() async throws {
        #expect(try await close(now: 1_000, till: 3_000) == .integer(3_000))
        #expect(try await close(now: 1_100, till: 2_000) == .integer(3_000))
        #expect(try await close(now: 1_200, till: 4_000) == .integer(4_000))
        try await bench.expect(["bucket": .hash(["tokens": "0", "at": "4000", "closed": "4000"])])
    }
}
