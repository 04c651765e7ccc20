import Redis
import TestSupport
import Testing

@testable import JobQueue

/// Random moves of two workers: after each one every accepted job stands in exactly one place.
@Suite struct ConservationTests {
    /// What the test knows while the moves go on.
    private struct Story {
        var accepted: [JobID] = []
        /// Jobs that a person removed, or that were swept.
        var removed: Set<JobID> = []
        var held: [LeasedJob] = []
        /// Claims whose lease was ended; they must all be refused from then on.
        var stale: [LeasedJob] = []
        var workers: [WorkerID]
        var workersMade = 2
    }

    @Test(arguments: [UInt64(1), 20_260_101, 4_711])
    func `every accepted job is in exactly one state after every move`(_ seed: UInt64) async throws {
        let bench = try await QueueBench()
        var random = SeededRandom(seed: seed)
        var story = Story(workers: [bench.w1, bench.w2])
        for step in 0..<250 {
            let move = try await move(&story, bench, &random)
            if step == 125 { _ = try await bench.redis.send(["SCRIPT", "FLUSH"]) }
            try await check(story, bench, "seed \(seed), step \(step): \(move)")
        }
        #expect(story.accepted.count > 50)
    }

    private func move(_ story: inout Story, _ bench: QueueBench, _ random: inout SeededRandom) async throws -> String {
        let broker = bench.broker
        switch Int.random(in: 0..<20, using: &random) {
        case 0...4:
            try await enqueue(&story, bench, &random)
            return "enqueue"
        case 5...8:
            let worker = story.workers[Int.random(in: 0..<story.workers.count, using: &random)]
            story.held += try await bench.fetch(Int.random(in: 1...4, using: &random), for: worker)
            return "fetch for \(worker)"
        case 9...13:
            return try await settle(&story, bench, &random)
        case 14:
            try await crash(&story, bench, &random)
            return "crash and rescue"
        case 15, 16:
            let known = story.accepted.filter { !story.removed.contains($0) }
            guard let id = known.randomElement(using: &random) else { return "nothing to cancel" }
            return "cancel \(id): \(try await broker.cancel(id, in: bench.queue))"
        case 17:
            for key in [bench.keys.scheduled, bench.keys.retrying] { try await makeDue(key, bench) }
            return "promote \(try await broker.maintenance.promoteDue(in: bench.queue))"
        case 18:
            let dead = try await bench.inspector.jobs(in: bench.queue, state: .dead, limit: 3)
            return "requeue \(try await broker.deadLetters.requeueDead(dead, in: bench.queue))"
        default:
            let dead = try await bench.inspector.jobs(in: bench.queue, state: .dead, limit: 1).map(\.id)
            story.removed.formUnion(dead)
            return "discard \(try await broker.deadLetters.discardDead(dead, in: bench.queue))"
        }
    }

    private func enqueue(_ story: inout Story, _ bench: QueueBench, _ random: inout SeededRandom) async throws {
        var jobs: [NewJob] = []
        for _ in 0..<Int.random(in: 1...3, using: &random) {
            let priority = [0, 0, 0, 5, -5].randomElement(using: &random) ?? 0
            let start: NewJob.Start = Bool.random(using: &random) ? .now : .after(milliseconds: 60_000)
            jobs.append(
                try bench.job(
                    JobID.make(nowMilliseconds: 1, using: &random).description, priority: priority, start: start))
        }
        story.accepted += try await bench.broker.enqueue(jobs + jobs).filter(\.isNew).map(\.id)
    }

    private func settle(_ story: inout Story, _ bench: QueueBench, _ random: inout SeededRandom) async throws -> String
    {
        if let stale = story.stale.popLast() {
            #expect(
                try await bench.broker.claims.acknowledge([
                    Completion(stale, output: JobOutput(children: [try bench.job()]))
                ])
                    == [false])
            return "late acknowledgement of \(stale.id)"
        }
        guard !story.held.isEmpty else { return "nothing to settle" }
        let job = story.held.remove(at: Int.random(in: 0..<story.held.count, using: &random))
        let answer: SettleAnswer
        let later = try await bench.broker.clock.now() + 60_000
        switch Int.random(in: 0..<6, using: &random) {
        case 0: answer = try await bench.broker.claims.retry(job, at: later, because: bench.failure())
        case 1:
            answer = try await bench.broker.claims.postpone(
                job, until: Bool.random(using: &random) ? 0 : later, because: "r")
        case 2: answer = try await bench.broker.claims.deadLetter(job, because: bench.failure())
        default:
            let child = try bench.job("\(job.id):\(job.fence)")
            #expect(
                try await bench.broker.claims.acknowledge([Completion(job, output: JobOutput(children: [child]))]) == [
                    true
                ])
            story.accepted.append(try JobID("\(job.id):\(job.fence)"))
            return "acknowledge \(job.id)"
        }
        #expect(answer != .claimLost)
        if answer == .cancelRequested {
            #expect(try await bench.broker.claims.acknowledge([Completion(job, .cancelled)]) == [true])
        }
        return "settle \(job.id): \(answer)"
    }

    private func crash(_ story: inout Story, _ bench: QueueBench, _ random: inout SeededRandom) async throws {
        let worker = story.workers.remove(at: Int.random(in: 0..<story.workers.count, using: &random))
        try await bench.expire(worker)
        _ = try await bench.broker.maintenance.rescueExpired(in: bench.queue, maxCrashes: 2)
        story.stale += story.held.filter { $0.worker == worker }
        story.held.removeAll { $0.worker == worker }
        story.workersMade += 1
        let next = WorkerID(unchecked: "w\(story.workersMade)")
        try await bench.broker.claims.join(bench.queue, as: next, lease: .seconds(600))
        story.workers.append(next)
    }

    private func makeDue(_ key: String, _ bench: QueueBench) async throws {
        for id in try await bench.redis.send(["ZRANGE", .text(key), 0, 3]).strings() {
            _ = try await bench.redis.send(["ZADD", .text(key), 1, .text(id)])
        }
    }

    /// Recomputes from the keys alone where each job stands.
    private func check(_ story: Story, _ bench: QueueBench, _ move: String) async throws {
        var places: [String: [String]] = [:]
        var records: [String: JobEnvelope] = [:]
        for (key, held) in try await Held.all(of: bench.redis) {
            switch held {
            case .hash(let fields) where key == bench.keys.jobs:
                for (id, text) in fields { records[id] = try JobEnvelope(record: Array(text.utf8), id: id) }
            case .hash(let fields) where key.hasPrefix(bench.keys.running(WorkerID(unchecked: ""))):
                for id in fields.keys { places[id, default: []].append("running") }
            case .list(let ids) where key == bench.keys.ready || key == bench.keys.done:
                for id in ids { places[id, default: []].append(key == bench.keys.done ? "done" : "line") }
            case .scores(let members) where key == bench.keys.parked:
                for member in members.keys {
                    places[member.split(separator: " ").last.map(String.init) ?? "", default: []].append("line")
                }
            case .scores(let ids) where key != bench.keys.leases:
                let name = [bench.keys.ranked: "line", bench.keys.dead: "dead"][key] ?? "timed"
                for id in ids.keys { places[id, default: []].append(name) }
            case .hash, .list, .scores, .set, .text: break
            }
        }
        let expected = Set(story.accepted.filter { !story.removed.contains($0) }.map(\.description))
        try #require(Set(records.keys) == expected && Set(places.keys) == expected, "\(move)")
        for (id, record) in records {
            let allowed: [String] =
                switch record.stateCode {
                case .live: ["line", "timed", "running"]
                case .waiting: []
                case .cancelledInReady, .deletedInReady: ["line"]
                case .dead: ["dead"]
                case .succeeded, .cancelled, .expired: ["done"]
                }
            try #require(
                places[id]?.count == 1 && allowed.contains(places[id]?[0] ?? ""), "\(move): \(id) \(places[id] ?? [])")
        }
        try await checkCounts(places, records, bench, move)
    }

    private func checkCounts(
        _ places: [String: [String]], _ records: [String: JobEnvelope], _ bench: QueueBench, _ move: String
    ) async throws {
        let counts = try await bench.counts()
        func count(_ place: String) -> Int {
            places.filter { $0.value == [place] && records[$0.key]?.stateCode != .cancelledInReady }.count
        }
        try #require(counts.ready == count("line"), "\(move)")
        try #require(counts.running == count("running"), "\(move)")
        try #require(counts.scheduled + counts.retrying == count("timed"), "\(move)")
        try #require(counts.dead == count("dead"), "\(move)")
    }
}
