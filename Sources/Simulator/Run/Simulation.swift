import ScheduleConfiguration
import JobQueue
public import Logging
public import Redis

/// Runs schedulers, workers and the limiter with the engine's real scripts on a clock that a seed drives, and checks
/// the invariants of the engine.
///
/// Redis serves as the state machine; every time that a script gets comes from the simulation. One task runs at a time,
/// so the same seed gives the same run on every machine.
public struct Simulation: Sendable {
    let plan: SimulationPlan
    let fleet: SimulatedFleet
    let entries: [ScheduledEntry]
    private let files: SimulatedFiles
    let schedules: ScheduleInvariants
    let faults: Faults
    /// A connection without faults, for checks.
    let observer: RedisClient
    private let slots: [Slot]

    /// A slot for processes that run one after another.
    private struct Slot: Sendable {
        enum Role: Sendable, Equatable {
            case scheduler
            case worker
            case producer
            case person
            case planner
            case consumer
            case editor
        }

        let name: String
        let role: Role
    }

    /// 1 January 2026, 00:00 UTC.
    private static let start: Int64 = 1_767_225_600_000
    private static let auditEvery = 1_000
    private static let bucketName = "api"
    /// The address in errors; the real one must not appear in a trace.
    private static let place = RedisAddress(endpoint: .tcp(host: "simulated", port: 6_379))

    /// - Parameters:
    ///   - address: of an empty database; it is emptied at the end unless an invariant was violated.
    ///   - trace: called with every line of the trace.
    /// - Throws: `SimulatorError.notEmpty`, or `redis` when it cannot be reached.
    public static func run(
        _ plan: SimulationPlan, on address: RedisAddress, logger: Logger,
        trace: (@Sendable (String) -> Void)? = nil
    ) async throws(SimulatorError) -> SimulationReport {
        let observer = RedisClient(address: address, logger: logger)
        let result: Result<SimulationReport, SimulatorError>
        do throws(SimulatorError) {
            try await checkEmpty(observer, address)
            let simulation = Simulation(plan, address, observer, logger, Trace(print: trace))
            // On the event loop of the connection neither a request nor its reply changes the thread.
            result = .success(
                await withTaskExecutorPreference(simulation.fleet.redis.loop) { await simulation.run() })
            await simulation.fleet.redis.close()
        } catch {
            result = .failure(error)
        }
        if case .success(let report) = result, report.violation == nil { _ = try? await observer.send(["FLUSHDB"]) }
        await observer.close()
        return try result.get()
    }

    private static func checkEmpty(_ redis: RedisClient, _ address: RedisAddress) async throws(SimulatorError) {
        do throws(RedisError) {
            let keys = try await redis.send(["DBSIZE"]).int(of: "DBSIZE")
            guard keys > 0 else { return }
            throw RedisError.unexpectedReply(command: "DBSIZE", expected: "0", got: "\(keys)")
        } catch {
            if case .unexpectedReply(_, _, let got) = error { throw .notEmpty(address, keys: Int(got) ?? 0) }
            throw .redis(error)
        }
    }

    private init(
        _ plan: SimulationPlan, _ address: RedisAddress, _ observer: RedisClient, _ logger: Logger, _ trace: Trace
    ) {
        self.plan = plan
        self.observer = observer
        // Random choices here must not depend on the run.
        var random = SeededGenerator(seed: plan.seed ^ 0x5EED)
        let tempo: Int64 = plan.ticks != nil ? 1 : [1, 1, 10, 1_000].randomElement(using: &random) ?? 1
        let names = ["alpha", "beta"]
        entries =
            plan.ticks == nil
            // The expressions are fixed and valid.
            ? (try? ScheduledEntry.drawn(6, queues: names, tempo: tempo, using: &random)) ?? []
            : ScheduledEntry.dense(100, queues: names, using: &random)
        let hosts = (1...max(1, plan.schedulers)).map { "s\($0)" }
        files = SimulatedFiles(entries, hosts: hosts.count, at: Self.start)
        faults = plan.isCalm ? .none : Faults.drawn(clockErrors: plan.ticks != nil, using: &random)
        let jobs = JobInvariants(isCalm: plan.isCalm)
        let tokens = TokenInvariants(of: Self.bucketName)
        let ticks = TickInvariants(entries, jobs: plan.ticks == nil ? jobs : nil)
        let schedules = ScheduleInvariants(files, slots: hosts, ticks: ticks, at: Self.start)
        self.schedules = schedules
        let queues = names.compactMap { try? QueueName($0) }
        let policies = PolicyInvariants(isCalm: plan.isCalm, lease: 4_000 * tempo)
        let keyspace = Broker(redis: observer).keyspace
        let requests = WorkerRequests(
            jobs: jobs, tokens: tokens, policies: policies,
            queues: Dictionary(uniqueKeysWithValues: queues.map { (keyspace.of($0).jobs, $0) }))
        let maintenance = MaintenanceExpiry(redis: observer, key: keyspace.maintenance)
        let stage = SimulationScheduler(
            seed: plan.seed, start: Self.start, lease: 4_000 * tempo, address: Self.place, trace: trace,
            prepare: { request, moment in await maintenance.prepare(request, moment.elapsed) }
        ) { seen in
            maintenance.saw(seen)
            policies.saw(seen.request, seen.reply, seen.moment.elapsed)
            let isTicks = plan.ticks != nil
            return ticks.saw(seen.request, seen.reply, seen.moment)
                ?? schedules.saw(seen.request, seen.reply, seen.moment) ?? (isTicks ? nil : requests.saw(seen))
        }
        let bucket = TokenBucket(
            name: Self.bucketName, ratePerSecond: Double(Int.random(in: 1...20, using: &random)) / Double(tempo),
            burst: Int.random(in: 1...10, using: &random))
        fleet = SimulatedFleet(
            stage: stage, redis: RedisClient(address: address, logger: logger, gate: stage.gate), jobs: jobs,
            tokens: tokens, ticks: ticks, policies: policies, queues: queues,
            limited: (queues[queues.count - 1], bucket),
            tempo: tempo, isCalm: plan.isCalm)
        let schedulers = hosts.map { Slot(name: $0, role: .scheduler) }
        guard plan.ticks == nil else {
            slots = schedulers + [Slot(name: "planner", role: .planner), Slot(name: "consumer", role: .consumer)]
            return
        }
        slots =
            schedulers + (1...max(1, plan.workers)).map { Slot(name: "w\($0)", role: .worker) }
            + (1...2).map { Slot(name: "p\($0)", role: .producer) } + [Slot(name: "editor", role: .editor)]
            + (plan.isCalm ? [] : [Slot(name: "person", role: .person)])
    }

    // MARK: The run

    private func run() async -> SimulationReport {
        let stage = fleet.stage
        var audits = 0
        for slot in slots.indices { stage.schedule(slot: slot, after: Int64(slot)) }
        var lives = Lives(count: slots.count)
        stage.setFaults(faults)
        audits += await go(&lives) { !isFarEnough }
        stage.setFaults(.none)
        audits += await calmDown(&lives)
        // Ends all remaining processes.
        await stage.retire(slots.indices)
        if stage.violation != nil { await stage.killAll() }
        while await turn(&lives) {}
        return report(audits: audits)
    }

    private var isFarEnough: Bool {
        if let ticks = plan.ticks { fleet.ticks.handled >= ticks } else { fleet.stage.steps >= plan.steps }
    }

    /// The newest process of each slot.
    private struct Lives {
        var incarnations: [Int]

        init(count: Int) { incarnations = [Int](repeating: 0, count: count) }
    }

    /// Takes turns until the condition fails or an invariant is violated; audits in between.
    /// - Returns: the number of audits.
    private func go(_ lives: inout Lives, while condition: () -> Bool) async -> Int {
        let stage = fleet.stage
        var audits = 0
        var auditAt = stage.steps + Self.auditEvery
        while condition(), stage.violation == nil, await turn(&lives) {
            guard stage.steps >= auditAt, plan.ticks == nil else { continue }
            auditAt = stage.steps + Self.auditEvery
            audits += 1
            await audit()
        }
        return audits
    }

    /// - Returns: false when no process is left.
    private func turn(_ lives: inout Lives) async -> Bool {
        switch fleet.stage.nextTurn() {
        case .nothing: return false
        case .proceed(let stop): await fleet.stage.proceed(stop)
        case .start(let number):
            let slot = slots[number]
            lives.incarnations[number] += 1
            let life = LifeID(slot: number, incarnation: lives.incarnations[number], slotName: slot.name)
            await fleet.stage.start(life, leavesExecutor: slot.role == .scheduler, process(slot.role, life))
        }
        return true
    }

    private func process(_ role: Slot.Role, _ life: LifeID) -> @Sendable () async -> Void {
        let (fleet, files, schedules) = (fleet, files, schedules)
        switch role {
        case .scheduler:
            let scheduler = SimulatedScheduler(fleet: fleet, files: files, host: life.slot, life: life)
            return { await scheduler.run() }
        case .worker: return { await SimulatedWorker(fleet: fleet, life: life).run() }
        case .producer: return { await SimulatedProducer(fleet: fleet, life: life).run() }
        case .person: return { await SimulatedOperator(fleet: fleet).run() }
        case .planner: return { await SimulatedPlanner(fleet: fleet, files: files, schedules: schedules).run() }
        case .editor: return { await SimulatedEditor(fleet: fleet, files: files, schedules: schedules).run() }
        case .consumer: return { await SimulatedConsumer(fleet: fleet).run() }
        }
    }

    // MARK: The end

    /// Ends the run: without faults and new jobs, all jobs must finish.
    private func calmDown(_ lives: inout Lives) async -> Int {
        let stage = fleet.stage
        var audits = 0
        func end(_ roles: [Slot.Role]) async {
            await stage.retire(slots.indices.filter { roles.contains(slots[$0].role) })
        }
        func wait(_ milliseconds: Int64) async {
            let until = stage.elapsed + milliseconds
            audits += await go(&lives) { stage.elapsed < until }
        }
        await end([.producer, .person, .planner, .editor])
        // After a clock was set back, entries wait until it reaches their last tick again, or until they are corrected.
        let behind = max(0, stage.moment.highestWall - stage.moment.wall)
        let errorsLast: Int64 = plan.ticks == nil ? 0 : 120_000
        await wait(30_000 + errorsLast + min(behind, 700_000) + 7 * fleet.lease)
        if stage.violation == nil {
            stage.violate(fleet.ticks.overdue(now: stage.moment.wall, patience: 5_000 + 1_000 * fleet.tempo))
        }
        if stage.violation == nil { await checkStandings() }
        await end([.scheduler])
        // Two workers are enough for the rest.
        await stage.retire(slots.indices.filter { slots[$0].role == .worker }.dropFirst(2))
        for _ in 0..<2_000 where plan.ticks == nil && stage.violation == nil {
            if await isIdle() { break }
            await wait(2 * fleet.lease)
        }
        if stage.violation == nil { await checkEnd() }
        return audits + 1
    }

    private func report(audits: Int) -> SimulationReport {
        let stage = fleet.stage
        let trace = stage.trace
        return SimulationReport(
            seed: plan.seed, violation: stage.violation.map { .init(step: $0.step, what: $0.what) },
            digest: String(trace.digest, radix: 16), tail: stage.violation?.tail ?? trace.tail, steps: stage.steps,
            virtualMilliseconds: stage.elapsed, jobs: fleet.jobs.count, starts: fleet.jobs.starts,
            settled: fleet.jobs.settled, refused: fleet.jobs.refused, ticks: fleet.ticks.handled,
            ticksSubsumed: fleet.ticks.subsumed, activations: schedules.activations,
            tokens: fleet.tokens.total,
            faults: stage.faultCount, crashes: stage.crashes, audits: audits)
    }
}
