import Fleet
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
    static let schedule = ScheduleEdit.schedule(edit: 0)

    static func job(_ entry: String) -> String {
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
    /// What reads the log of the first supervisor, through a pipe.
    private var logReader: Running?
    private var edits = 0
    /// Another fleet, in another database of the same server.
    private(set) var neighbour: Running?
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
        let words = ["worker", "--pool", "all", "--processes", "2"]
        try startLogReader()
        supervisors.append(try sandbox.start(words, log: sandbox.path(Self.logPipe)))
        supervisors.append(try sandbox.start(words, environment: ["REDIS_URL": "redis://127.0.0.1:\(proxy.port)/0"]))
        if let shifted {
            // Its log lies on a full disk.
            let supervisor = try sandbox.start(words, environment: shifted, log: "/dev/full")
            shifts.withLock { $0.append(supervisor.pid) }
            supervisors.append(supervisor)
        }
        for environment in [[:], [:], shifted ?? [:]] {
            try startScheduler(through: try await FaultProxy.start(for: server.tcpAddress), environment: environment)
        }
        let there = ["REDIS_URL": "redis://127.0.0.1:\(server.port)/1"]
        neighbour = try sandbox.start(
            ["worker", "--queues", Self.loadQueues.joined(separator: ","), "--concurrency", "1", "--processes", "2"],
            environment: there)
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

    private static let logPipe = "log.pipe"

    /// Reads what the first supervisor and its workers log; the pipe has no reader while this is killed.
    func startLogReader() throws {
        let pipe = sandbox.path(Self.logPipe)
        if !sandbox.exists(Self.logPipe), mkfifo(pipe, 0o600) != 0 { throw CocoaError(.fileWriteUnknown) }
        let words = ["-c", "exec cat \"$1\" >>\"$2\"", "sh", pipe, sandbox.path("piped.err")]
        logReader = try sandbox.launch("/bin/sh", words, environment: [:])
    }

    func killLogReader() {
        logReader?.process.signal(SIGKILL)
        logReader = nil
    }

    /// Edits the file that all schedulers here look at.
    func edit() throws -> ScheduleEdit {
        edits += 1
        let edit = ScheduleEdit(number: edits, text: ScheduleEdit.schedule(edit: edits), at: wallMilliseconds())
        try sandbox.write(edit.text, to: "schedules.yaml")
        return edit
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
    func stopWorkers() async throws -> [Int32] {
        let statuses = try await sandbox.end(supervisors + [neighbour].compactMap(\.self))
        killLogReader()
        return statuses
    }

    var workerLog: String { supervisors.map(\.log).joined() + sandbox.read("piped.err") }
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
