import Foundation
import JobQueue
import ProgramSupport
import Redis
import TestSupport

/// One fault as it happened, in unix milliseconds.
struct FaultRecord: Sendable {
    let kind: FaultKind
    /// When the fault was there.
    let began: Int64
    /// When it was mended; the same for one that does not last.
    let ended: Int64
    /// A process, or what else it met.
    let met: String
}

/// Carries out a plan on a fleet, and mends what it broke.
actor Breaker {
    private let fleet: ChaosFleet
    private let control: RedisClient
    /// Faults come and last by it.
    private let clock = ContinuousClock()
    private var frozen: Set<pid_t> = []
    private var steps = 0
    private(set) var records: [FaultRecord] = []
    private(set) var edits: [ScheduleEdit] = []
    /// Faults that found nothing to break, or could not be told to Redis.
    private(set) var misses: [String] = []

    init(_ fleet: ChaosFleet) {
        self.fleet = fleet
        control = fleet.server.client()
    }

    /// Returns after the given time, when everything is mended.
    func run(_ plan: FaultPlan, for length: Duration) async {
        let start = clock.now
        await withDiscardingTaskGroup { group in
            for fault in plan.faults {
                await hold(for: start + fault.at - .now, on: clock)
                if Task.isCancelled { return }
                group.addTask { await self.carryOut(fault) }
            }
            await hold(for: start + length - .now, on: clock)
        }
        try? fleet.setClock(0)
        await control.close()
    }

    private func carryOut(_ fault: PlannedFault) async {
        do {
            let (began, ended, met) = try await breakAndMend(fault)
            records.append(FaultRecord(kind: fault.kind, began: began, ended: ended, met: met))
        } catch {
            misses.append("\(fault.kind.rawValue): \(error)")
        }
    }

    private func breakAndMend(_ fault: PlannedFault) async throws -> Span {
        switch fault.kind {
        case .killWorker: return try await killWorker(fault)
        case .freezeWorker: return try await freeze(try worker(fault), for: fault.length)
        case .killLeader: return try await killLeader(fault)
        case .freezeLeader: return try await freeze(try await leader(fault).pid, for: fault.length)
        case .cutLeader:
            let leader = try await leader(fault)
            guard let line = await fleet.line(of: leader) else { throw NothingThere() }
            // What it has sent meanwhile arrives in the end, late.
            line.pause()
            return try await lasting(fault.length, met: "\(leader.pid)") { line.resume() }
        case .killRedis:
            try await fleet.server.kill9()
            return try await lasting(fault.length) { try await self.fleet.server.restart() }
        case .killClients:
            // The answer may die with the connection that asked.
            _ = try? await control.send(["CLIENT", "KILL", "TYPE", "normal"])
            return try await lasting(.zero)
        case .flushScripts:
            try await tell(["SCRIPT", "FLUSH"])
            return try await lasting(.zero)
        case .cutConnections:
            fleet.proxy.cut()
            return try await lasting(.zero)
        case .stallConnections:
            fleet.proxy.pause()
            return try await lasting(fault.length) { self.fleet.proxy.resume() }
        case .refuseConnections:
            try await fleet.proxy.refuse()
            return try await lasting(fault.length) { try await self.fleet.proxy.accept() }
        case .fillMemory:
            try await tell(["CONFIG", "SET", "maxmemory", .integer(try await usedMemory() + 32_768)])
            return try await lasting(fault.length) { try await self.tell(["CONFIG", "SET", "maxmemory", "0"]) }
        case .pauseClients:
            try await tell(["CLIENT", "PAUSE", .integer(Int(fault.length / .milliseconds(1)))])
            return try await lasting(fault.length)
        case .hangRedis:
            fleet.server.freeze()
            return try await lasting(fault.length) { self.fleet.server.thaw() }
        case .swallowConnections:
            fleet.proxy.swallow()
            return try await lasting(fault.length)
        case .killLogReader:
            await fleet.killLogReader()
            return try await lasting(fault.length) { try await self.fleet.startLogReader() }
        case .editSchedule:
            let edit = try await fleet.edit()
            edits.append(edit)
            return try await lasting(.zero, met: "edit \(edit.number)")
        case .stepClock:
            steps += 1
            let offset = [90, -90, 0][steps % 3]
            try fleet.setClock(offset)
            return try await lasting(.zero, met: "\(offset) s")
        }
    }

    /// When it began and ended, and what it met.
    private typealias Span = (Int64, Int64, String)

    private func lasting(
        _ length: Duration, met: String = "", mend: @Sendable () async throws -> Void = {}
    ) async throws -> Span {
        let began = wallMilliseconds()
        if length > .zero { await hold(for: length, on: clock) }
        try await mend()
        return (began, length > .zero ? wallMilliseconds() : began, met)
    }

    private struct NothingThere: Error {}

    private func worker(_ fault: PlannedFault) throws -> pid_t {
        let there = fleet.sandbox.workers.filter { !frozen.contains($0) }
        guard !there.isEmpty else { throw NothingThere() }
        return there[Int(fault.choice % UInt64(there.count))]
    }

    private func leader(_ fault: PlannedFault) async throws -> Running {
        guard let leader = await fleet.leader(else: fault.choice) else { throw NothingThere() }
        return leader
    }

    private func killWorker(_ fault: PlannedFault) async throws -> Span {
        let worker = try worker(fault)
        guard kill(worker, SIGKILL) == 0 else { throw NothingThere() }
        return try await lasting(.zero, met: "\(worker)")
    }

    private func killLeader(_ fault: PlannedFault) async throws -> Span {
        let leader = try await leader(fault)
        await fleet.kill9(leader)
        return try await lasting(fault.length, met: "\(leader.pid)") { try await self.fleet.replace(leader) }
    }

    private func freeze(_ pid: pid_t, for length: Duration) async throws -> Span {
        guard kill(pid, SIGSTOP) == 0 else { throw NothingThere() }
        frozen.insert(pid)
        let span = try await lasting(length, met: "\(pid)") { _ = kill(pid, SIGCONT) }
        frozen.remove(pid)
        return span
    }

    private func usedMemory() async throws -> Int {
        let text = try await control.send(["INFO", "memory"]).string(of: "INFO")
        let line = text.split(whereSeparator: \.isNewline).first { $0.hasPrefix("used_memory:") }
        return Int(line?.split(separator: ":").last ?? "") ?? 0
    }

    /// Says something to Redis until it is heard.
    private func tell(_ command: RedisCommand) async throws {
        var pace = Pace(every: .milliseconds(100), on: clock)
        for _ in 0..<50 {
            if (try? await control.send(command).checked()) != nil { return }
            guard await pace.beat() else { break }
        }
        _ = try await control.send(command)
    }
}
