import JobQueue
import Redis
import TestSupport
import Testing

@testable import Worker

/// Refreshes and orders on one limit of the exchange: 10 a second, four of them kept for orders.
@Suite struct StormTests {
    let bench: WorkerBench
    let refreshes: QueueName
    let orders: QueueName
    let bucket = TokenBucket(name: "coinbase", ratePerSecond: 10, burst: 10, reserve: ["execution": 4])

    init() async throws {
        bench = try await WorkerBench()
        refreshes = try QueueName("cache-refresh")
        orders = try QueueName("execution")
    }

    /// A worker of one queue on the limit; `record` hears of every token, which pays for one job.
    private func start(_ queue: QueueName, telling record: Signal) -> RunningWorker {
        let plan = bench.plan(slots: 8) {
            $0.name = queue
            $0.limits = [LimitUse(name: "coinbase")]
        }
        return bench.start(plan, buckets: [bucket]) { (_: Nothing, context) in
            record.send("\(context.job.startedMilliseconds)")
            return JobOutput()
        }
    }

    private func enqueue(_ count: Int, into queue: QueueName) async throws -> [JobID] {
        let kind = bench.kind
        let jobs = (0..<count).map { _ in NewJob(kind: kind, queue: queue) }
        return try await bench.broker.enqueue(jobs).map(\.id)
    }

    /// The most that any window of a length has seen; a window holds its end and not its beginning.
    private func most(of times: [Int], within length: Int) -> Int {
        var (most, first) = (0, 0)
        for (place, time) in times.enumerated() {
            while times[first] <= time - length { first += 1 }
            most = max(most, place - first + 1)
        }
        return most
    }

    @Test(.timeLimit(.minutes(2)))
    func `in a storm of refreshes no second sees more than the limit, and no order waits a second`() async throws {
        let record = Signal()
        let waiting = try await enqueue(400, into: refreshes)
        let workers = [refreshes, refreshes, orders].map { start($0, telling: record) }
        let clock = ContinuousClock()
        let begin = clock.now
        var placed: [JobID] = []
        var spans = TakenTokens()
        while clock.now - begin < .seconds(20) {
            placed += try await enqueue(1, into: orders)
            let next = begin + .milliseconds(300) * placed.count
            try await eventually("the next order is due") {
                spans.note(try await recent())
                return clock.now >= next
            }
        }
        try await eventually("all orders are placed", within: .seconds(10)) {
            try await bench.inspector.counts(of: orders).succeeded == placed.count
        }
        for worker in workers { try await worker.stop() }

        var waits: [Int64] = []
        for id in placed {
            let job = try #require(try await bench.job(id))
            #expect((job.envelope.attempts, job.envelope.crashes) == (0, 0))
            waits.append((job.envelope.startedMilliseconds ?? .max) - job.envelope.enqueuedMilliseconds)
        }
        var refreshed = 0
        for id in waiting {
            let job = try #require(try await bench.job(id))
            #expect((job.envelope.attempts, job.envelope.crashes) == (0, 0))
            #expect(job.state == .succeeded || job.state == .ready)
            if job.state == .succeeded { refreshed += 1 }
        }
        let times = record.all.compactMap { Int($0) }.sorted()
        let byBucket = spans.times
        waits.sort()
        print(
            "storm: \(placed.count) orders waited \(waits[waits.count / 2]) ms (median),",
            "\(waits.last ?? 0) ms (longest);",
            "\(refreshed) of 400 refreshed in 20 s; the fullest second saw \(most(of: byBucket, within: 1_000)) tokens",
            "taken and \(most(of: times, within: 1_000)) jobs claimed")
        #expect(waits.allSatisfy { $0 < 1_000 })
        #expect(most(of: byBucket, within: 1_000) <= 10)
        // Claims are printed only: one follows its token by the time of a call, which a busy machine makes long.
        #expect(times.count == refreshed + placed.count)
        #expect(refreshed > 80)
    }

    /// Spans of the last second with the tokens in each.
    private func recent() async throws -> [(last: Int, tokens: Int)] {
        let text = try await bench.redis.send(["HGET", .text(QueueKeys().limit("coinbase")), "recent"]).optionalString()
        return (text ?? "").split(separator: " ").map { span in
            let numbers = span.split(separator: ":").compactMap { Int($0) }
            return (numbers[0], numbers[1] + numbers[2])
        }
    }
}

/// What the bucket said it gave, collected while it forgets.
private struct TakenTokens {
    private var spans: [Int: (last: Int, tokens: Int)] = [:]

    /// - Parameter seen: the spans of the last second. What is missing there, and too young to be forgotten, was given
    ///   back.
    mutating func note(_ seen: [(last: Int, tokens: Int)]) {
        let newest = seen.map(\.last).max() ?? 0
        spans = spans.filter { $0.value.last < newest - 900 }
        for span in seen { spans[span.last / 25] = span }
    }

    /// The time of every token.
    var times: [Int] {
        spans.values.flatMap { Array(repeating: $0.last, count: $0.tokens) }.sorted()
    }
}
