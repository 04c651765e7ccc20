import Redis
import TestSupport
import Testing

@testable import JobQueue

/// The scripts against the model: the same random commands, the same answers, the same keys after each.
///
/// A failure names its seed, and the shortest sequence found that still fails; add the seed to `seeds` to replay it.
@Suite struct ModelComparisonTests {
    static let seeds = Array(UInt64(1)...60)
    static let length = 300

    @Test(arguments: seeds)
    func `the scripts do what the model does`(_ seed: UInt64) async throws {
        let redis = try await SharedServer.client()
        let commands = ModelRun.commands(seed: seed, length: Self.length)
        guard let difference = try await ModelRun.firstDifference(commands, on: redis) else {
            return await redis.close()
        }
        let short = try await ModelRun.shortened(Array(commands.prefix(difference.step + 1)), on: redis)
        let shown = short.commands.map { "  .\($0)" }.joined(separator: "\n")
        Issue.record(
            "seed \(seed), step \(difference.step): \(difference.text)\n\(short.difference.text) after:\n\(shown)")
        await redis.close()
    }

    @Test func `however many jobs a dead worker had, all are taken back`() async throws {
        let bench = try await QueueBench()
        for _ in 0..<4 { try await bench.broker.enqueue((0..<500).map { _ in try bench.job() }) }
        for _ in 0..<8 { _ = try await bench.fetch(256) }
        try await bench.expire(bench.w1)
        let report = try await bench.broker.maintenance.rescueExpired(in: bench.queue, maxCrashes: 3)
        #expect(report.rescued == 2_000)
        #expect(try await QueueAuditor(broker: bench.broker).audit().isClean)
    }

    @Test func `the commands of a seed are always the same`() {
        #expect(ModelRun.commands(seed: 7, length: 200) == ModelRun.commands(seed: 7, length: 200))
    }

    @Test func `the seeds lead through every command and every state of a job`() {
        var names: Set<Substring> = []
        var stateCodes: Set<JobEnvelope.StateCode> = []
        var answers: Set<String> = []
        var sights: Set<String> = []
        for seed in Self.seeds.prefix(30) {
            var model = QueueModel(finishedLimit: ModelRun.finishedLimit)
            for command in ModelRun.commands(seed: seed, length: Self.length) where model.allows(command) {
                names.insert("\(command)".prefix { $0 != "(" })
                answers.formUnion(model.apply(command).map { String($0.prefix { $0 != " " }) })
                for queue in model.queues.values {
                    stateCodes.formUnion(queue.jobs.values.map(\.stateCode))
                    sights.formUnion(Self.sights(of: queue))
                }
            }
        }
        #expect(names.count == 35)
        // Nothing of this version deletes a job in line.
        #expect(stateCodes == [.live, .waiting, .succeeded, .cancelled, .expired, .dead, .cancelledInReady])
        let wanted: Set<String> = [
            "lost", "paused", "claimLost", "cancelRequested", "settled", "requested", "finished", "missing", "overlap",
            "stale", "duplicate", "skipped", "enqueued", "new", "there", "coalesced", "full", "taken",
        ]
        #expect(answers.isSuperset(of: wanted), "\(wanted.subtracting(answers))")
        let seen: Set<String> = [
            "cap", "crashed", "crash-open", "kind", "batch", "a missing worker", "a lost lease", "two of a key run",
            "a key that is kept", "a running job's key",
            "a notice", "an expiring key", "all children", "failed children", "child-failed", "not-a-child",
            "a follow-up", "dropped", "replaced",
        ]
        #expect(sights == seen, "\(seen.symmetricDifference(sights))")
    }

    /// Rare states of a queue, by name.
    private static func sights(of queue: QueueModel.Queue) -> Set<String> {
        var sights = Set(queue.aside.keys.map { String($0.prefix { $0 != " " && $0 != "=" }) })
        for (name, value) in queue.links {
            if name.hasPrefix("c:"), value.contains(" ") { sights.insert("two of a key run") }
            if name.hasPrefix("u:"), value.hasSuffix(" r") { sights.insert("a running job's key") }
            if name.hasPrefix("u:"), !value.hasPrefix("0 ") { sights.insert("a key that is kept") }
        }
        if !queue.notices.isEmpty { sights.insert("a notice") }
        if !queue.expiring.isEmpty { sights.insert("an expiring key") }
        if queue.batches.values.contains(where: { $0.values.contains { $0.contains("not-a-child") } }) {
            sights.insert("not-a-child")
        }
        for (id, job) in queue.jobs {
            if !job.missing.isEmpty { sights.insert("a missing worker") }
            if job.losses > 0 { sights.insert("a lost lease") }
            if job.outcome.contains(#""failed":{}"#) { sights.insert("all children") }
            if job.outcome.contains(#""failed":{""#) { sights.insert("failed children") }
            if job.outcome.contains(#""type":"child-failed""#) { sights.insert("child-failed") }
            if job.options.parentID != nil, job.options.batch == nil, id.hasPrefix("t") { sights.insert("a follow-up") }
            for event in job.events where event.event == "dropped" || event.event == "replaced" {
                sights.insert(event.event)
            }
        }
        return sights
    }
}

/// Runs sequences on the model and on Redis side by side.
enum ModelRun {
    /// Small, so that finished jobs are forgotten within a sequence.
    static let finishedLimit = 12

    struct Difference {
        let step: Int
        let text: String
    }

    static func commands(seed: UInt64, length: Int) -> [QueueCommand] {
        var random = SeededRandom(seed: seed)
        var generator = CommandGenerator()
        var model = QueueModel(finishedLimit: finishedLimit)
        return (0..<length).map { _ in
            let command = generator.next(in: model, using: &random)
            if model.allows(command) { _ = model.apply(command) }
            return command
        }
    }

    /// Nil when model and scripts agree at every step, and the auditor finds nothing at the end.
    static func firstDifference(_ commands: [QueueCommand], on redis: RedisClient) async throws -> Difference? {
        _ = try await redis.send(["FLUSHDB"])
        var model = QueueModel(finishedLimit: finishedLimit)
        let live = LiveQueue(redis: redis, now: model.now, finishedLimit: finishedLimit)
        for (step, command) in commands.enumerated() where model.allows(command) {
            let wanted = model.apply(command)
            do {
                let answer = try await live.apply(command)
                if answer != wanted {
                    return Difference(step: step, text: "\(command) answered \(answer), not \(wanted)")
                }
                let state = try await live.state(of: model.queues.keys.sorted())
                if let text = difference(state, model.queues) {
                    return Difference(step: step, text: "\(command): \(text)")
                }
            } catch {
                return Difference(step: step, text: "\(command): \(error)")
            }
        }
        let report = try await QueueAuditor(broker: live.broker, jobsPerPass: 20).audit()
        guard report.isClean, report.untold.isEmpty, report.moved == 0 else {
            return Difference(step: commands.count - 1, text: "the auditor found \(report)")
        }
        return nil
    }

    /// Leaves out commands, many at once and then one by one, while the sequence still fails.
    static func shortened(
        _ commands: [QueueCommand], on redis: RedisClient
    ) async throws -> (commands: [QueueCommand], difference: Difference) {
        var commands = commands
        var found = try await firstDifference(commands, on: redis) ?? Difference(step: 0, text: "it fails no more")
        var size = max(1, commands.count / 2)
        var runs = 0
        while size > 0, runs < 400 {
            var start = 0
            while start < commands.count, runs < 400 {
                var fewer = commands
                fewer.removeSubrange(start..<min(start + size, fewer.count))
                runs += 1
                if let difference = try await firstDifference(fewer, on: redis) {
                    commands = Array(fewer.prefix(difference.step + 1))
                    found = difference
                } else {
                    start += size
                }
            }
            size /= 2
        }
        return (commands, found)
    }

    /// What differs first, in words; nil when nothing does.
    private static func difference(_ found: [String: QueueModel.Queue], _ wanted: [String: QueueModel.Queue]) -> String?
    {
        for name in wanted.keys.sorted() {
            guard let found = found[name], let wanted = wanted[name], found != wanted else { continue }
            let (left, right) = (Mirror(reflecting: found).children, Mirror(reflecting: wanted).children)
            for (one, other) in zip(left, right) where described(one.value) != described(other.value) {
                return "\(one.label ?? "") of queue \(name) is \(described(one.value)), not \(described(other.value))"
            }
        }
        return nil
    }

    /// Dictionaries in the order of their keys, so that equal ones read alike.
    private static func described(_ value: Any) -> String {
        switch value {
        case let values as [String: Int64]:
            values.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }.description
        case let values as [String: String]:
            values.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }.description
        case let values as [String: QueueModel.Job]:
            values.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }.description
        case let values as [String: [String: String]]:
            values.sorted { $0.key < $1.key }.map { "\($0.key): \(described($0.value))" }.description
        case let values as [String: [QueueModel.Claimed]]:
            values.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }.description
        default: "\(value)"
        }
    }
}
