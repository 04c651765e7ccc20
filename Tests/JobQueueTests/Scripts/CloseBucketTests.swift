import Redis
import Testing

@testable import JobQueue

/// close_bucket.lua, on a bucket of ten tokens that grows by two a second.
@Suite struct CloseBucketTests {
    let bench: ScriptBench

    init() async throws { bench = try await ScriptBench() }

    private func close(now: Int, for length: Int) async throws -> RedisValue {
        try await bench.run(
            Scripts.closeBucket, ["bucket", "setting"],
            [.integer(now), .integer(length), 2_000_000, 10_000_000, 1_000])
    }

    @Test func `a bucket is closed until the time, and empty`() async throws {
        try await bench.set(["bucket": .hash(["tokens": "7000000", "at": "900", "recent": "900:3:0"])])
        #expect(try await close(now: 1_000, for: 2_000) == .integer(2_000))
        try await bench.expect([
            "bucket": .hash(["tokens": "0", "at": "1000", "closed": "3000", "recent": "900:3:0"])
        ])
    }

    @Test func `the later of two times stays`() async throws {
        #expect(try await close(now: 1_000, for: 2_000) == .integer(2_000))
        #expect(try await close(now: 1_100, for: 900) == .integer(1_900))
        try await bench.expect(["bucket": .hash(["tokens": "0", "at": "1000", "closed": "3000"])])
        #expect(try await close(now: 1_200, for: 2_800) == .integer(2_800))
        try await bench.expect(["bucket": .hash(["tokens": "0", "at": "1200", "closed": "4000"])])
    }

    @Test func `a closed bucket lives until it could be full`() async throws {
        _ = try await close(now: 1_000, for: 2_000)
        // Two seconds closed, five to fill, a minute.
        #expect((64_001...67_000).contains(try await bench.lifetime(of: "bucket")))
        try await bench.set(["setting": .hash(["rate": "1000000"])])
        _ = try await close(now: 1_000, for: 3_000)
        #expect((70_001...73_000).contains(try await bench.lifetime(of: "bucket")))
    }

    @Test func `a clock that was set back keeps it closed no longer`() async throws {
        try await bench.set(["bucket": .hash(["tokens": "0", "at": "90000", "closed": "91000", "back": "1000"])])
        #expect(try await close(now: 1_500, for: 200) == .integer(500))
        #expect(try await close(now: 1_500, for: 800) == .integer(800))
        try await bench.expect([
            "bucket": .hash(["tokens": "0", "at": "90500", "closed": "91300", "back": "1500"])
        ])
    }
}
