import Foundation
import JobQueue
import ProgramSupport
import TestSupport
import Testing

/// One run: load, faults, calm, and then the reckoning.
struct Scenario {
    let fleet: ChaosFleet
    let plan: FaultPlan
    /// Jobs a second of each of the two producers.
    private static let rate = 110

    func run() async throws -> ChaosReport {
        let queues = try (ChaosFleet.loadQueues + [ChaosFleet.tickQueue]).map { try QueueName($0) }
        // Clients of their own, so that they lose their connections too.
        let load = Load(
            broker: Broker(redis: fleet.server.client()), queues: Array(queues.dropLast()),
            mix: JobMix(seed: ChaosSettings.seed))
        let finished = FinishedJobs(redis: fleet.server.client(), queues: queues)
        let breaker = Breaker(fleet)
        let obedience = ObedienceWatch(broker: fleet.broker)
        let neighbour = Neighbour(broker: Broker(redis: fleet.server.client(database: 1)))
        let waiting: @Sendable () async -> Int = { await max(0, load.count - finished.count) }
        async let watching: Void = finished.watch()
        async let obeying: Void = obedience.watch()
        async let besides: Void = neighbour.run(beside: load)
        async let first: Void = load.run(perSecond: Self.rate, waiting: waiting)
        async let second: Void = load.run(perSecond: Self.rate, waiting: waiting)
        await breaker.run(plan, for: ChaosSettings.length)
        // The last edit may have come a moment before the end.
        let (edits, faults) = (await breaker.edits, await breaker.records)
        try? await eventually("every edit is obeyed", within: .seconds(30), every: .milliseconds(100)) {
            await obedience.waits(for: edits, faults).allSatisfy { $0 != nil }
        }
        await load.stop()
        await neighbour.stop()
        _ = try await (first, second)
        await besides
        #expect(try await fleet.stopSchedulers().allSatisfy { $0 == 0 })
        try await fleet.broker.settles(queues)
        await finished.stop()
        await watching
        await obedience.stop()
        await obeying
        try await finished.look()
        try await finished.lookAtDead()
        #expect(try await fleet.stopWorkers().allSatisfy { $0 == 0 })
        let report = try await report(load, finished, breaker, obedience, neighbour)
        if let folder = ChaosSettings.logs { try report.save(to: folder, with: fleet) }
        return report
    }

    private func report(
        _ load: Load, _ finished: FinishedJobs, _ breaker: Breaker, _ obedience: ObedienceWatch, _ neighbour: Neighbour
    ) async throws -> ChaosReport {
        let redis = fleet.server.client()
        let jobs = Reckoning(
            accepted: await load.accepted, endings: await finished.endings,
            values: try await redis.valueCounts(PlannedJob.values),
            childValues: try await redis.valueCounts(PlannedJob.childValues))
        var times: [String: [Int64]] = [:]
        var values: [String: Int] = [:]
        var history: [String: [TickRecord]] = [:]
        let tickQueue = try QueueName(ChaosFleet.tickQueue)
        for entry in ChaosFleet.entries {
            times[entry] = try await redis.ticks(of: entry, in: ChaosFleet.tickQueue)
            history[entry] = try await fleet.broker.schedules.tickHistory(of: entry, in: [tickQueue]).records
            values[entry] = try await redis.valueCounts(ChaosFleet.tickValues(entry)).values.reduce(0, +)
        }
        let log = await fleet.workerLog
        let ticks = TickReckoning(times: times, values: values, reckoning: jobs, history: history)
        let counts = try await QueueInspector(broker: fleet.broker).counts(of: tickQueue)
        let waits = await obedience.waits(
            for: await breaker.edits, await breaker.records)
        return ChaosReport(
            seed: ChaosSettings.seed, length: ChaosSettings.length, jobs: jobs, ticks: ticks,
            faults: await breaker.records, misses: await breaker.misses, finishes: await finished.times,
            endedTwice: await finished.twice, batchesSentAgain: await load.repeats,
            batchesRefused: await load.refusals, refusedSettlements: log.ranges(of: "claim had been lost").count,
            leasesLost: log.ranges(of: "has lost its lease").count, ticksSkipped: counts.ticksSkipped,
            audit: try await fleet.sandbox.audit(), edits: waits,
            neighbour: (await neighbour.accepted.count, await neighbour.cancelled, try await neighbour.left()),
            slowLooks: await finished.slowLooks)
    }
}

extension ChaosReport {
    /// Leaves the table, the faults with their times, and the logs of all programs in a folder.
    func save(to folder: String, with fleet: ChaosFleet) throws {
        let files = FileManager.default
        try files.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let lines = faults.sorted { $0.began < $1.began }.map { fault in
            "\(Self.time(fault.began)) to \(Self.time(fault.ended))  \(fault.kind.rawValue): \(fault.met)"
        }
        let silences = zip(finishes, finishes.dropFirst()).filter { $1 - $0 > 2_000 }.map { before, after in
            "\(Self.time(before)) to \(Self.time(after))  no job was completed"
        }
        let looks = slowLooks.map { "\(Self.time($0.at))  a look at the queues took \($0.milliseconds) ms" }
        let text = table + "\n\n" + (lines + silences + looks).sorted().joined(separator: "\n") + "\n"
        try text.write(toFile: folder + "/report.txt", atomically: true, encoding: .utf8)
        var logs = try files.contentsOfDirectory(atPath: fleet.sandbox.folder).filter { $0.hasSuffix(".err") }
            .map { fleet.sandbox.path($0) }
        logs.append(fleet.server.folder + "/redis.log")
        for log in logs {
            let target = folder + "/" + (log.split(separator: "/").last ?? "log")
            try? files.removeItem(atPath: target)
            try files.copyItem(atPath: log, toPath: target)
        }
    }

    /// As the programs' logs write it.
    private static func time(_ milliseconds: Int64) -> String {
        let date = Date(timeIntervalSince1970: Double(milliseconds) / 1_000)
        return date.formatted(.iso8601.time(includingFractionalSeconds: true).timeZone(separator: .omitted))
    }
}
