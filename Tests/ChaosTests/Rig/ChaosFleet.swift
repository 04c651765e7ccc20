import Foundation
import JobQueue
import ProgramSupport
import Redis
import Synchronization
import TestSupport

/// The processes of one run: supervisors with their workers, schedulers, and what lies between them and redis-server.
actor ChaosFleet {
    static let loadQueues = ["load-a", "load-b", "load-c", "load-d"]
    static let tickQueue = "ticks"
    /// Entries of the schedule, each every second.
    static let entries = ["every-tick", "no-overlap", "skip-missed"]

    /// Retries outlast any stretch of full memory; an attempt that fails because Redis is away is spent.
    static let schedule = """
        version: 1
        queues:
        \(loadQueues.map { "  \($0): { timeout: 30s, retry: { attempts: 60, base: 50ms, max: 500ms } }" }
            .joined(separator: "\n"))
          \(tickQueue): { timeout: 30s, retry: { attempts: 60, base: 50ms, max: 500ms } }
        pools: { all: { queues: ["*"], grace: 5s } }
        schedules:
          every-tick: { \(job("every-tick")), overlap: allow }
          no-overlap: { \(job("no-overlap")), overlap: skip }
          skip-missed: { \(job("skip-missed")), overlap: allow, misfire: skip }

        """

    private static func job(_ entry: String) -> String {
        "job: flotilla.test.record, queue: \(tickQueue), every: 1s, "
            + "args: { key: \"\(tickValues(entry))\", value: tick, milliseconds: 5 }"
    }

    /// Where the jobs of an entry leave their values.
    static func tickValues(_ entry: String) -> String { "chaos:tick:\(entry)" }

    nonisolated let sandbox: Sandbox
    nonisolated let server: TemporaryRedis
    /// Between redis-server and one of the supervisors with its workers.
    nonisolated let proxy: FaultProxy
    nonisolated let broker: Broker
    private(set) var supervisors: [Running] = []
    private(set) var schedulers: [Running] = []
    private var environments: [pid_t: [String: String]] = [:]
    /// Between redis-server and each scheduler.
    private var lines: [pid_t: FaultProxy] = [:]
    /// Those that were ever started under a wrong clock.
    private nonisolated let shifts = Mutex<[pid_t]>([])

    private init(_ sandbox: Sandbox, _ server: TemporaryRedis, _ proxy: FaultProxy) {
        (self.sandbox, self.server, self.proxy) = (sandbox, server, proxy)
        broker = Broker(redis: server.client())
    }

    /// Starts everything and returns when all workers serve and a scheduler leads.
    static func start(in sandbox: Sandbox, _ server: TemporaryRedis) async throws -> ChaosFleet {
        let fleet = ChaosFleet(sandbox, server, try await FaultProxy.start(for: server.tcpAddress))
        try await fleet.startAll()
        return fleet
    }

    private func startAll() async throws {
        try setClock(0)
        let queues = (Self.loadQueues + [Self.tickQueue]).joined(separator: ",")
        let words = ["worker", "--queues", queues, "--processes", "2", "--concurrency", "4"]
        supervisors.append(try sandbox.start(words))
        supervisors.append(try sandbox.start(words, environment: ["REDIS_URL": "redis://127.0.0.1:\(proxy.port)/0"]))
        if let shifted {
            let supervisor = try sandbox.start(words, environment: shifted)
            shifts.withLock { $0.append(supervisor.pid) }
            supervisors.append(supervisor)
        }
        for environment in [[:], [:], shifted ?? [:]] {
            try startScheduler(through: try await FaultProxy.start(for: server.tcpAddress), environment: environment)
        }
        let wanted = supervisors.count * 2
        try await eventually("\(wanted) workers serve", within: .seconds(60), every: .milliseconds(200)) {
            try await WorkerRegistry(broker: broker).live().count >= wanted
        }
        try await eventually("a scheduler leads", within: .seconds(20), every: .milliseconds(100)) {
            try await QueueInspector(broker: broker).leader() != nil
        }
    }

    private func startScheduler(through line: FaultProxy, environment: [String: String]) throws {
        let address = ["REDIS_URL": "redis://127.0.0.1:\(line.port)/0"]
        let scheduler = try sandbox.start(["scheduler"], environment: environment.merging(address) { own, _ in own })
        schedulers.append(scheduler)
        environments[scheduler.pid] = environment
        lines[scheduler.pid] = line
        if !environment.isEmpty { shifts.withLock { $0.append(scheduler.pid) } }
    }

    /// Kills a scheduler for good.
    func kill9(_ scheduler: Running) {
        kill(scheduler.pid, SIGKILL)
        schedulers.removeAll { $0.pid == scheduler.pid }
    }

    /// Starts one like another that was killed: with a wrong clock if that had one.
    func replace(_ scheduler: Running) throws {
        guard let line = lines.removeValue(forKey: scheduler.pid) else { return }
        try startScheduler(through: line, environment: environments[scheduler.pid] ?? [:])
    }

    func line(of scheduler: Running) -> FaultProxy? { lines[scheduler.pid] }

    func stopProxies() async throws {
        try await proxy.stop()
        for line in lines.values { try await line.stop() }
    }

    /// The scheduler that leads, or any other one while nobody can tell.
    func leader(else choice: UInt64) async -> Running? {
        let holder = try? await QueueInspector(broker: broker).leader()?.holder
        return schedulers.first { holder?.contains("-\($0.pid)-") == true }
            ?? (schedulers.isEmpty ? nil : schedulers[Int(choice % UInt64(schedulers.count))])
    }

    func stopSchedulers() async throws -> [Int32] { try await sandbox.end(schedulers) }
    func stopWorkers() async throws -> [Int32] { try await sandbox.end(supervisors) }

    var workerLog: String { supervisors.map(\.log).joined() }
}

/// Clocks that are wrong: libfaketime moves the wall clock of a process, not its monotonic one, as a step does.
extension ChaosFleet {
    private static let libraries = ["x86_64", "aarch64"].map {
        "/usr/lib/\($0)-linux-gnu/faketime/libfaketimeMT.so.1"
    }
    static let clockLibrary = libraries.first { FileManager.default.fileExists(atPath: $0) }

    /// What can be broken on this machine.
    static var faults: [FaultKind] { FaultKind.allCases.filter { $0 != .stepClock || clockLibrary != nil } }

    /// Nil without the library.
    private var shifted: [String: String]? {
        Self.clockLibrary.map { library in
            [
                "LD_PRELOAD": library, "FAKETIME_TIMESTAMP_FILE": sandbox.path("clock"), "FAKETIME_CACHE_DURATION": "1",
                "FAKETIME_DONT_FAKE_MONOTONIC": "1", "FAKETIME_DISABLE_SHM": "1",
            ]
        }
    }

    /// Steps the clock of those processes that are under the library.
    nonisolated func setClock(_ offsetSeconds: Int) throws {
        try sandbox.write(offsetSeconds >= 0 ? "+\(offsetSeconds)" : "\(offsetSeconds)", to: "clock")
    }

    /// Removes what the library leaves in shared memory, one piece for each program that was started under it.
    nonisolated func forgetClocks() {
        for pid in shifts.withLock({ $0 }) {
            for name in ["faketime_shm_\(pid)", "sem.faketime_sem_\(pid)"] {
                try? FileManager.default.removeItem(atPath: "/dev/shm/\(name)")
            }
        }
    }
}
