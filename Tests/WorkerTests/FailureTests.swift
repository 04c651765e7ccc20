import JobQueue
import Redis
import TestSupport
import Testing

@testable import Worker

/// Workers that die, lose their lease or their Redis.
@Suite struct FailureTests {
    @Test(arguments: ["is given up", "is removed"])
    func `an attempt whose lease is lost is stopped and its job runs elsewhere`(_ how: String) async throws {
        let bench = try await WorkerBench()
        let (started, stopped) = (Signal(), Signal())
        let worker = bench.start(bench.plan(slots: 2)) { (_: Nothing, context) in
            started.send(context.job.worker.description)
            guard started.count == 1 else { return JobOutput(result: "\"second\"") }
            do { try await context.sleep(for: .seconds(30)) } catch {
                stopped.send()
                throw error
            }
            return JobOutput(result: "\"late\"")
        }
        let id = try await bench.enqueue()
        try await started.wait()
        let name = RedisWord(started.all[0])
        let key = RedisWord(bench.keys.leases)
        _ = try await bench.redis.send(how == "is given up" ? ["ZADD", key, "XX", 0, name] : ["ZREM", key, name])
        try await stopped.wait()
        try await started.wait(for: 2)
        let job = try await bench.wait(for: id, toBe: .succeeded)
        #expect(job.envelope.outcome == #"{"result":"second"}"#)
        #expect((job.envelope.attempts, job.envelope.crashes, job.envelope.losses) == (0, 0, 1))
        #expect(started.all[0] != started.all[1])
        try await worker.stop()
        #expect(try await bench.inspector.counts(of: bench.queue).succeeded == 1)
    }

    @Test func `an attempt is stopped whose lease was lost before it began`() async throws {
        let bench = try await WorkerBench()
        let (fetched, latch, old, stopped) = (Signal(), Latch(), Signal(), Signal())
        // After the first queue of a round has given a job, the second one keeps the round waiting.
        let gate = RequestInterceptor(
            before: { (request) async throws(RedisError) in
                if request.name == "fetch", fetched.count == 1 { await latch.wait() }
            },
            after: { (request, result) throws(RedisError) in
                guard request.name == "fetch", case .array(let values)? = try? result.get().first else { return }
                if values.count > 2 { fetched.send() }
            })
        var plan = bench.plan()
        plan.lease = .seconds(2)
        plan.queues.append(QueueRules(name: try QueueName("r")))
        let id = try await bench.enqueue()
        _ = try await bench.broker.enqueue(
            NewJob(kind: bench.kind, queue: plan.queues[1].name, payload: try JobPayload(json: "{}")))
        let redis = RedisClient(address: bench.server.address, logger: .quiet, gate: gate)
        let worker = bench.start(plan, on: redis) { (_: Nothing, context) in
            guard old.all == [context.job.worker.description] else { return JobOutput() }
            do { try await context.sleep(for: .seconds(60)) } catch {
                stopped.send()
                throw error
            }
            return JobOutput()
        }
        try await fetched.wait()
        let leases = RedisCommand("ZRANGE", .text(bench.keys.leases), 0, -1)
        let name = try #require(try await bench.redis.send(leases).strings().first)
        old.send(name)
        _ = try await bench.redis.send(["ZREM", .text(bench.keys.leases), .text(name)])
        try await eventually("the worker has another name", within: .seconds(30)) {
            try await bench.redis.send(leases).strings().contains { $0 != name }
        }
        latch.open()
        try await stopped.wait()
        _ = try await bench.wait(for: id, toBe: .succeeded)
        try await worker.stop()
        await redis.close()
    }

    @Test func `a late acknowledgement is refused with its children`() async throws {
        let bench = try await WorkerBench()
        let (started, released) = (Signal(), Signal())
        let worker = bench.start(bench.plan(slots: 2)) { (_: Nothing, context) in
            started.send(context.job.worker.description)
            if started.count > 1 {
                await #expect(throws: Never.self) { try await context.checkLease() }
                return JobOutput(result: "\"second\"")
            }
            while released.count == 0 { await Task.yield() }
            await #expect(throws: JobQueueError.self) { try await context.checkLease() }
            return JobOutput(result: "\"late\"", children: [NewJob(kind: bench.kind, queue: bench.queue)])
        }
        let id = try await bench.enqueue()
        try await started.wait()
        _ = try await bench.redis.send(["ZADD", .text(bench.keys.leases), "XX", 0, RedisWord(started.all[0])])
        _ = try await bench.wait(for: id, toBe: .succeeded)
        released.send()
        try await worker.stop()
        #expect(try await bench.job(id)?.envelope.outcome == #"{"result":"second"}"#)
        #expect(try await bench.job(try id.child("0")) == nil)
        #expect(started.count == 2)
    }

    @Test func `jobs of a worker that died are rescued by another`() async throws {
        let bench = try await WorkerBench()
        var random = SeededRandom(seed: 1)
        let dead = WorkerID(host: "dead", pid: 9, using: &random)
        let id = try await bench.enqueue()
        #expect(try await bench.claim(as: dead)?.id == id)
        _ = try await bench.redis.send(["ZADD", .text(bench.keys.leases), "XX", 1, .text(dead.description)])
        var plan = bench.plan()
        plan.lease = .seconds(2)
        let worker = bench.start(plan) { (_: Nothing, _) in JobOutput() }
        let job = try await bench.wait(for: id, toBe: .succeeded)
        // Whether it will come back is open.
        #expect((job.envelope.crashes, job.envelope.missing) == (0, [dead.description]))
        #expect(job.timeline.contains { $0.event == "lease-lost" && $0.worker == dead.description })
        try await worker.stop()
    }

    @Test func `a worker goes on when Redis was killed and came back`() async throws {
        let bench = try await WorkerBench(.init(appendOnly: true, arguments: ["--appendfsync", "always"]))
        let (started, released) = (Signal(), Signal())
        let worker = bench.start { (payload: [Int], _) in
            started.send()
            if payload == [0] { try await released.wait() }
            return JobOutput()
        }
        let before = try await bench.enqueue("[0]")
        try await started.wait()
        try await bench.server.kill9()
        released.send()
        try await bench.server.restart()
        _ = try await bench.wait(for: before, toBe: .succeeded)
        _ = try await bench.wait(for: try await bench.enqueue("[1]"), toBe: .succeeded)
        try await worker.stop()
    }

    @Test func `a Redis that lost everything is joined anew`() async throws {
        let bench = try await WorkerBench()
        let worker = bench.start { (_: Nothing, _) in JobOutput() }
        _ = try await bench.wait(for: try await bench.enqueue(), toBe: .succeeded)
        _ = try await bench.redis.send(["FLUSHALL"])
        _ = try await bench.wait(for: try await bench.enqueue(), toBe: .succeeded)
        try await worker.stop()
    }

    /// The worker repeats a settlement whose reply it did not get; meanwhile Redis gives it the same job again, and
    /// that reply is lost too.
    @Test func `a lost claim is adopted beside an unsettled attempt of the same job`() async throws {
        let bench = try await WorkerBench()
        let (started, latch, postponed, cut, lost) = (Signal(), Latch(), Signal(), Signal(), Signal())
        let gone = RedisError.connectionLost(bench.server.address, mayHaveRun: true)
        let gate = RequestInterceptor(
            before: { (request) async throws(RedisError) in
                // Noted before it is sent: the fetch may have its reply before this one is looked at.
                guard request.name == "postpone" else { return }
                postponed.send()
                if postponed.count > 1 { await latch.wait() }
            },
            after: { (request, result) throws(RedisError) in
                switch request.name {
                case "postpone" where cut.count == 0:
                    cut.send()
                    throw gone
                case "fetch" where postponed.count > 0 && lost.count == 0:
                    guard case .array(let values)? = try? result.get().first, values.count > 2 else { return }
                    lost.send()
                    throw gone
                default: return
                }
            })
        let redis = RedisClient(address: bench.server.address, logger: .quiet, gate: gate)
        let worker = bench.start(on: redis) { (_: Nothing, _) in
            started.send()
            if started.count == 1 { throw JobStop.postpone(milliseconds: 0, reason: "not yet") }
            return JobOutput()
        }
        let id = try await bench.enqueue()
        try await lost.wait()
        try await started.wait(for: 2)
        _ = try await bench.wait(for: id, toBe: .succeeded)
        latch.open()
        try await worker.stop()
        await redis.close()
        #expect(started.count == 2)
    }

    /// As after a failover, or a crash with `appendfsync everysec`: the claim is there again and its worker lives on.
    @Test func `a job whose end was lost by Redis runs again`() async throws {
        let bench = try await WorkerBench(.init(arguments: ["--save", "3600 100000"]))
        let (started, released) = (Signal(), Signal())
        let worker = bench.start { (_: Nothing, _) in
            started.send()
            try await released.wait()
            return JobOutput(result: "\(started.count)")
        }
        let id = try await bench.enqueue()
        try await started.wait()
        try await bench.redis.send(["SAVE"]).ok()
        released.send()
        #expect(try await bench.wait(for: id, toBe: .succeeded).envelope.outcome == #"{"result":1}"#)
        try await bench.server.restart()
        try await started.wait(for: 2)
        #expect(try await bench.wait(for: id, toBe: .succeeded).envelope.outcome == #"{"result":2}"#)
        try await worker.stop()
        #expect(started.count == 2)
    }

    /// Redis has made the claim and the worker never hears of it. It lives on, so no lease ever ends.
    @Test func `a job whose claim was lost on the way to its worker runs all the same`() async throws {
        let bench = try await WorkerBench()
        let proxy = try await FaultProxy.start(for: bench.server.tcpAddress)
        let worker = bench.start(on: RedisClient(address: proxy.address, logger: .quiet)) { (_: String, _) in
            JobOutput()
        }
        let registry = WorkerRegistry(broker: bench.broker)
        try await eventually("the worker has joined") { try await registry.live().count == 1 }
        // Only the reply to the fetch is that long.
        proxy.cut(afterReplyBytes: 30_000)
        let id = try await bench.enqueue("\"" + String(repeating: "x", count: 60_000) + "\"")
        let job = try await bench.wait(for: id, toBe: .succeeded)
        #expect((job.envelope.attempts, job.envelope.crashes) == (0, 0))
        try await worker.stop()
        try await proxy.stop()
    }
}
