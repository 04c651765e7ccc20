import Testing

@testable import JobQueue

@Suite struct NewJobTests {
    private let now: Int64 = 1_800_000_000_000

    private func job(_ change: (inout NewJob) -> Void) throws -> NewJob {
        var job = NewJob(kind: try JobKind("k"), queue: try QueueName("q"))
        change(&job)
        return job
    }

    @Test(arguments: [-100, -1, 0, 1, 100])
    func `a priority within its range is taken`(_ priority: Int) throws {
        try job { $0.priority = priority }.check(now: now)
    }

    @Test(arguments: [-101, 101, .min, .max])
    func `a priority beyond its range is refused`(_ priority: Int) throws {
        let job = try job { $0.priority = priority }
        #expect(throws: JobQueueError.outOfRange(what: "The priority", value: "\(priority)", range: "-100 to 100")) {
            try job.check(now: now)
        }
    }

    @Test(arguments: [
        NewJob.Start.after(milliseconds: -1), .after(milliseconds: .min), .after(milliseconds: .max),
        .after(milliseconds: 3_654 * 86_400_000), .at(milliseconds: -1), .at(milliseconds: .min),
        .at(milliseconds: .max),
        .at(milliseconds: 253_402_300_800_000),
    ])
    func `a time before 1970 or in the year 10000 is refused and never traps`(_ start: NewJob.Start) throws {
        let job = try job { $0.start = start }
        #expect(throws: JobQueueError.self) { try job.check(now: now) }
    }

    @Test(arguments: [
        NewJob.Start.now, .after(milliseconds: 0), .after(milliseconds: 3_653 * 86_400_000), .at(milliseconds: 0),
        .at(milliseconds: 5),
    ])
    func `a time within ten years is taken, a past one at once`(_ start: NewJob.Start) throws {
        try job { $0.start = start }.check(now: now)
    }

    @Test(arguments: [1, 100, 10_000])
    func `as many running jobs of one key are taken as the command's help says`(_ limit: Int) throws {
        try job { ($0.options.concurrencyKey, $0.options.concurrencyLimit) = ("k", limit) }.check(now: now)
    }

    @Test(arguments: [0, -1, 10_001, .max])
    func `other numbers of running jobs of one key are refused`(_ limit: Int) throws {
        let job = try job { ($0.options.concurrencyKey, $0.options.concurrencyLimit) = ("k", limit) }
        let what = "The number of running jobs of one key"
        #expect(throws: JobQueueError.outOfRange(what: what, value: "\(limit)", range: "1 to 10000")) {
            try job.check(now: now)
        }
    }

    @Test(arguments: [0, -1, 1_001, .min, .max])
    func `a number of attempts that no queue may give is refused`(_ attempts: Int) throws {
        let job = try job { $0.options.maxAttempts = attempts }
        #expect(throws: JobQueueError.self) { try job.check(now: now) }
    }

    @Test(arguments: [Int64(0), -1, .min])
    func `a time limit that no attempt can keep is refused`(_ timeout: Int64) throws {
        let job = try job { $0.options.timeoutMilliseconds = timeout }
        #expect(throws: JobQueueError.self) { try job.check(now: now) }
    }

    @Test func `a job's record has what it was made with`() throws {
        let payload = try JobPayload(json: awkwardPayload)
        let job = try job {
            $0.priority = 7
            $0.payload = payload
            $0.options.maxAttempts = 4
        }
        let expected = record(
            priority: 7, kind: "k", enqueued: 9, options: #"{"max_attempts":4}"#, payload: awkwardPayload)
        #expect(String(decoding: job.record(now: 9), as: UTF8.self) == expected)
    }
}
