import TestSupport
import Testing

@testable import JobQueue

@Suite struct JobEnvelopeTests {
    private func full() throws -> JobEnvelope {
        var envelope = JobEnvelope(
            kind: try JobKind("cache-refresh"), payload: Array(awkwardPayload.utf8),
            enqueuedMilliseconds: 1_800_000_000_000,
            priority: -42, options: #"{"depth":2,"parent":"p"}"#)
        envelope.attempts = 3
        envelope.crashes = 1
        envelope.startedMilliseconds = 1_800_000_000_001
        envelope.finishedMilliseconds = 1_800_000_000_002
        envelope.worker = "host-7-abc"
        envelope.add(JobEvent(at: 5, event: "failed", attempt: 1, worker: "w", detail: "tab\tline\nquote\" ü"))
        envelope.add(JobEvent(at: 9, event: "crashed"))
        envelope.outcome = #"{"result":[1,2]}"#
        return envelope
    }

    @Test func `a record with every field comes back as it was`() throws {
        for stateCode in [
            JobEnvelope.StateCode.live, .succeeded, .cancelled, .expired, .dead, .cancelledInReady, .deletedInReady,
        ] {
            var envelope = try full()
            envelope.stateCode = stateCode
            #expect(try JobEnvelope(record: envelope.encoded(), id: "a") == envelope)
        }
    }

    @Test func `a new record has the layout that scripts read`() throws {
        let envelope = JobEnvelope(
            kind: try JobKind("evaluation"), payload: Array("{}".utf8), enqueuedMilliseconds: 500)
        #expect(String(decoding: envelope.encoded(), as: UTF8.self) == record())
        #expect(String(decoding: envelope.encoded(), as: UTF8.self) == "1w0\tevaluation\t0\t0\t500\t\t\t\n\n\n\n{}")
        #expect(try JobEnvelope(record: Array(record().utf8), id: "a") == envelope)
    }

    @Test func `a payload is bytes and may hold anything`() throws {
        let bytes = (0...255).map { UInt8($0) } + Array("\n\n\t\n".utf8)
        let envelope = JobEnvelope(kind: try JobKind("k"), payload: bytes, enqueuedMilliseconds: 0)
        #expect(try JobEnvelope(record: envelope.encoded(), id: "a").payload == bytes)
    }

    @Test func `a record cut off anywhere before its payload is refused and never traps`() throws {
        let bytes = try full().encoded()
        let start = bytes.count - awkwardPayload.utf8.count
        for length in 0..<start {
            #expect(throws: JobQueueError.self) { try JobEnvelope(record: Array(bytes.prefix(length)), id: "a") }
        }
        for length in start...bytes.count {
            #expect(try JobEnvelope(record: Array(bytes.prefix(length)), id: "a").payload.count == length - start)
        }
    }

    @Test func `noise in a record never traps`() throws {
        let bytes = try full().encoded()
        var random = SeededRandom(seed: 1)
        for _ in 0..<20_000 {
            var noisy = bytes
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                noisy[Int.random(in: 0..<noisy.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            guard var envelope = try? JobEnvelope(record: noisy, id: "a") else { continue }
            envelope.add(JobEvent(at: 1, event: "failed"))
            _ = envelope.encoded()
            _ = JobOptions(text: envelope.options)
        }
    }

    @Test(arguments: [
        "", "1", "1w", "2w0\tk\t0\t0\t0\t\t\t\n\n\n\n", "1?0\tk\t0\t0\t0\t\t\t\n\n\n\n", "1w\tk\t0\t0\t0\t\t\t\n\n\n\n",
        "1w0\t\t0\t0\t0\t\t\t\n\n\n\n", "1w0\tk\tx\t0\t0\t\t\t\n\n\n\n", "1w0\tk\t0\t0\t\t\t\t\n\n\n\n",
        "1w--5\tk\t0\t0\t0\t\t\t\n\n\n\n", "1w9999999999999999999\tk\t0\t0\t0\t\t\t\n\n\n\n",
        "1w0\tk\t0\t0\t0\t\t\t\n\n\n",
        "{\"id\": 7}", "\n\n\n\n\n", "\t\t\t\t\t\t\t",
    ])
    func `a record that cannot be read is named in the error`(_ text: String) {
        #expect {
            try JobEnvelope(record: Array(text.utf8), id: "job-7")
        } throws: { error in
            guard case JobQueueError.unreadableRecord("job-7", _) = error else { return false }
            return "\(error)".contains("job-7")
        }
    }

    @Test func `a record keeps its first and its newest events`() throws {
        var envelope = JobEnvelope(kind: try JobKind("k"), payload: [], enqueuedMilliseconds: 0)
        for at in 1...100 { envelope.add(JobEvent(at: Int64(at), event: "postponed")) }
        let times = JobEvent.list(envelope.events).map(\.at)
        #expect(times == Array((62...100).reversed()) + [1])
    }

    @Test func `events that cannot be read give way to new ones`() throws {
        var envelope = JobEnvelope(kind: try JobKind("k"), payload: [], enqueuedMilliseconds: 0)
        envelope.events = "{broken"
        envelope.add(JobEvent(at: 1, event: "failed"))
        #expect(JobEvent.list(envelope.events) == [JobEvent(at: 1, event: "failed")])
    }

    @Test func `options stay in one line and say nothing when empty`() {
        #expect(JobOptions().encoded() == "")
        #expect(JobOptions(text: "") == JobOptions())
        #expect(JobOptions(text: "[broken") == JobOptions())
        var options = JobOptions()
        options.parentID = "p\n\t\"q"
        options.schedule = "evaluate-bots"
        options.nominalMilliseconds = .max
        options.maxAttempts = 5
        #expect(!options.encoded().contains { $0.isNewline || $0 == "\t" })
        #expect(JobOptions(text: options.encoded()) == options)
    }

    @Test func `a result of several lines leaves the record readable`() throws {
        let job = LeasedJob(
            id: try JobID("a"), queue: try QueueName("q"), worker: WorkerID(unchecked: "w"), fence: 1,
            startedMilliseconds: 4,
            envelope: try full())
        let bytes = Completion(job, output: JobOutput(result: "{\n  \"sum\": 7\r\n}")).record(now: 9)
        let envelope = try JobEnvelope(record: bytes, id: "a")
        #expect(envelope.payload == Array(awkwardPayload.utf8))
        #expect(envelope.outcome == "{\"result\":{   \"sum\": 7 }}")
    }
}
