import Foundation
import JobQueue
import TestSupport
import Testing

@testable import Worker

/// How one attempt ends, seen from the queue.
@Suite struct OutcomeTests {
    let bench: WorkerBench

    init() async throws { bench = try await WorkerBench() }

    private func error(of job: StoredJob) throws -> JobFailure {
        try #require(
            try JSONDecoder().decode([String: JobFailure].self, from: Data(job.envelope.outcome.utf8))["error"])
    }

    private func events(of job: StoredJob) -> [String] {
        let list = try? JSONDecoder().decode([JobEvent].self, from: Data("[\(job.envelope.events)]".utf8))
        return list?.map(\.event) ?? ["unreadable"]
    }

    @Test func `a job that succeeds leaves its result`() async throws {
        struct Numbers: Decodable { let numbers: [Int] }
        let worker = bench.start { (payload: Numbers, context) in
            JobOutput(result: "{\"sum\":\(payload.numbers.reduce(0, +)),\"attempt\":\(context.attempt)}")
        }
        let id = try await bench.enqueue(#"{"numbers": [1, 2, 4]}"#)
        let job = try await bench.wait(for: id, toBe: .succeeded)
        #expect(job.envelope.outcome == #"{"result":{"sum":7,"attempt":1}}"#)
        #expect(job.envelope.worker?.hasPrefix("test-1-") == true)
        try await worker.stop()
        #expect(try await bench.inspector.counts(of: bench.queue).succeeded == 1)
    }

    @Test func `a job that fails is tried again and then dead with its history`() async throws {
        let runs = Signal()
        let worker = bench.start { (_: Nothing, context) in
            runs.send("\(context.attempt)")
            throw RunFailure(text: "order \(context.attempt) was lost")
        }
        let id = try await bench.enqueue()
        let job = try await bench.wait(for: id, toBe: .dead)
        #expect(runs.all == ["1", "2"])
        #expect(job.envelope.attempts == 2)
        #expect(events(of: job) == ["dead", "failed"])
        let failure = try error(of: job)
        #expect((failure.type, failure.message) == ("RunFailure", "order 2 was lost"))
        try await worker.stop()
    }

    @Test func `a job that comes too late expires and is never started`() async throws {
        let worker = bench.start { (_: Nothing, _) in JobOutput() }
        let late = try await bench.enqueue { $0.options.freshUntilMilliseconds = 1 }
        let inTime = try await bench.enqueue { $0.freshForMilliseconds = 600_000 }
        let expired = try await bench.wait(for: late, toBe: .expired)
        #expect(expired.envelope.outcome.isEmpty && expired.envelope.attempts == 0)
        _ = try await bench.wait(for: inTime, toBe: .succeeded)
        try await worker.stop()
        #expect(try await bench.inspector.counts(of: bench.queue).succeeded == 1)
    }

    @Test func `what was begun in time is finished, however late its next attempt comes`() async throws {
        let worker = bench.start { (_: Nothing, context) in
            if context.attempt == 1 { throw RunFailure(text: "not yet") }
            return JobOutput()
        }
        let id = try await bench.enqueue { $0.freshForMilliseconds = 600_000 }
        let job = try await bench.wait(for: id, toBe: .succeeded)
        #expect(job.envelope.attempts == 1 && JobOptions(text: job.envelope.options).freshUntilMilliseconds != nil)
        try await worker.stop()
    }

    @Test func `a job that failed once succeeds on its second attempt`() async throws {
        let worker = bench.start { (_: Nothing, context) in
            if context.attempt == 1 { throw RunFailure(text: "not yet") }
            return JobOutput()
        }
        let job = try await bench.wait(for: try await bench.enqueue(), toBe: .succeeded)
        #expect(job.envelope.attempts == 1)
        #expect(events(of: job) == ["failed"])
        try await worker.stop()
    }

    @Test func `a refused job is dead after its first attempt`() async throws {
        let worker = bench.start { (_: Nothing, _) in
            throw JobStop.refuse(type: "no-funds", message: "there is no money")
        }
        let job = try await bench.wait(for: try await bench.enqueue(), toBe: .dead)
        #expect(job.envelope.attempts == 1)
        #expect(try error(of: job).type == "no-funds")
        try await worker.stop()
    }

    @Test func `a postponed job keeps its attempt`() async throws {
        let runs = Signal()
        let worker = bench.start { (_: Nothing, context) in
            runs.send("\(context.attempt)")
            if runs.count < 4 { throw JobStop.postpone(milliseconds: 1, reason: "the exchange is closed") }
            return JobOutput()
        }
        let job = try await bench.wait(for: try await bench.enqueue(), toBe: .succeeded)
        #expect(runs.all == ["1", "1", "1", "1"])
        #expect(job.envelope.attempts == 0)
        #expect(events(of: job) == ["postponed", "postponed", "postponed"])
        try await worker.stop()
    }

    @Test func `a wait that a job asks for counts from when it asks`() async throws {
        let asked = Signal()
        let worker = bench.start { (payload: [String], context) in
            try await context.sleep(for: .milliseconds(300))
            asked.send("\(try await context.now())")
            if payload == ["postpone"] { throw JobStop.postpone(milliseconds: 60_000, reason: "r") }
            throw JobStop.failNotBefore(milliseconds: 60_000, type: "t", message: "m")
        }
        for (number, (payload, state)) in [("postpone", JobState.scheduled), ("fail", .retrying)].enumerated() {
            let id = try await bench.enqueue("[\"\(payload)\"]")
            try await asked.wait(for: number + 1)
            let job = try await bench.wait(for: id, toBe: state)
            #expect(try #require(job.dueMilliseconds) >= Int64(asked.all[number])! + 60_000)
            _ = try await bench.broker.cancel(id, in: bench.queue)
        }
        try await worker.stop()
    }

    @Test func `a wait without end does not bring the worker down`() async throws {
        let worker = bench.start { (payload: [String], _) in
            if payload == ["postpone"] { throw JobStop.postpone(milliseconds: .max, reason: "r") }
            throw JobStop.failNotBefore(milliseconds: .max, type: "t", message: "m")
        }
        _ = try await bench.wait(for: try await bench.enqueue(#"["postpone"]"#), toBe: .scheduled)
        _ = try await bench.wait(for: try await bench.enqueue(#"["fail"]"#), toBe: .retrying)
        try await worker.stop()
    }

    @Test(arguments: [
        (#"{"bots": 7}"#, "'bot' is missing."), (#"{"bot": "seven"}"#, "'bot' is not a whole number."),
        ("[]", "what was given is not an object such as"), ("7", "what was given is not an object such as"),
        ("null", "what was given is "),
    ])
    func `arguments that do not fit are a dead letter that says why`(_ payload: String, _ reason: String) async throws {
        struct Arguments: Decodable { let bot: Int }
        let worker = bench.start { (_: Arguments, _) in JobOutput() }
        let job = try await bench.wait(for: try await bench.enqueue(payload), toBe: .dead)
        let failure = try error(of: job)
        #expect(failure.type == "bad-arguments")
        #expect(failure.message.hasPrefix("The arguments do not fit kind 'k': \(reason)"))
        #expect(job.envelope.payload == Array(payload.utf8))
        try await worker.stop()
    }

    @Test func `an attempt that takes too long is stopped and counts as failed`() async throws {
        let runs = Signal()
        let worker = bench.start { (_: Nothing, context) in
            runs.send()
            try await context.sleep(for: .seconds(60))
            return JobOutput()
        }
        let id = try await bench.enqueue { $0.options.timeoutMilliseconds = 30 }
        let job = try await bench.wait(for: id, toBe: .dead)
        #expect(runs.count == 2)
        #expect(try error(of: job).type == "timeout")
        try await worker.stop()
    }

    @Test func `any error that a handler ends with after its deadline counts as the deadline`() async throws {
        struct ConnectionClosed: Error {}
        let worker = bench.start { (_: Nothing, context) in
            do { try await context.sleep(for: .seconds(60)) } catch { throw ConnectionClosed() }
            return JobOutput()
        }
        let id = try await bench.enqueue {
            $0.options.timeoutMilliseconds = 30
            $0.options.maxAttempts = 1
        }
        let job = try await bench.wait(for: id, toBe: .dead)
        #expect(try error(of: job).type == "timeout")
        #expect(try error(of: job).message == "The attempt took longer than it may. It ended with: ConnectionClosed()")
        try await worker.stop()
    }

    @Test func `an error that speaks of a cancellation before the deadline keeps its own type`() async throws {
        struct OrderWasCancelled: Error {}
        let worker = bench.start { (_: Nothing, _) -> JobOutput in throw OrderWasCancelled() }
        let id = try await bench.enqueue { $0.options.maxAttempts = 1 }
        let job = try await bench.wait(for: id, toBe: .dead)
        #expect(try error(of: job).type == "OrderWasCancelled")
        try await worker.stop()
    }

    @Test func `what a handler says when its time is over counts more than the time`() async throws {
        let worker = bench.start { (_: Nothing, context) in
            do { try await context.sleep(for: .seconds(60)) } catch {
                throw JobStop.refuse(type: "gone", message: "the order is not there any more")
            }
            return JobOutput()
        }
        let id = try await bench.enqueue { $0.options.timeoutMilliseconds = 30 }
        let job = try await bench.wait(for: id, toBe: .dead)
        #expect(try error(of: job).type == "gone")
        #expect(job.envelope.attempts == 1)
        try await worker.stop()
    }

    @Test func `children are enqueued with the acknowledgement and run`() async throws {
        let bench = bench
        let seen = Signal()
        let worker = bench.start { (payload: [Int], context) in
            seen.send("\(context.id) \(payload)")
            guard payload == [0] else { return JobOutput() }
            var other = NewJob(kind: bench.kind, queue: try QueueName("other"), payload: try JobPayload([2]))
            other.start = .after(milliseconds: 60_000)
            return JobOutput(children: [
                NewJob(kind: bench.kind, queue: bench.queue, payload: try JobPayload([1])), other,
            ])
        }
        let id = try await bench.enqueue("[0]")
        let child = try await bench.wait(for: try id.child("0"), toBe: .succeeded)
        #expect(JobOptions(text: child.envelope.options).parentID == id.description)
        #expect(try await bench.job(try id.child("1"))?.state == .scheduled)
        #expect(seen.all == ["\(id) [0]", "\(id):0 [1]"])
        try await worker.stop()
    }

    @Test func `a child that no queue takes is a dead letter of its parent, and others are acknowledged`() async throws
    {
        let bench = bench
        let worker = bench.start { (payload: [Bool], _) in
            guard payload == [true] else { return JobOutput() }
            var child = NewJob(kind: bench.kind, queue: bench.queue)
            child.priority = 500
            return JobOutput(children: [child])
        }
        let good = try await bench.enqueue("[false]")
        let bad = try await bench.enqueue("[true]")
        let job = try await bench.wait(for: bad, toBe: .dead)
        let failure = try error(of: job)
        #expect(failure.type == "bad-output" && failure.message.contains("The priority is 500"))
        _ = try await bench.wait(for: good, toBe: .succeeded)
        try await worker.stop()
        #expect(try await bench.inspector.counts(of: bench.queue).running == 0)
    }
}

/// An error of a test job, named by its type in the job's record.
struct RunFailure: Error, CustomStringConvertible {
    let text: String
    var description: String { text }
}
