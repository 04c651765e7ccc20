import Foundation
import JobQueue
import Ledger
import Redis
import Scheduler

/// What can be wrong on this host, with Redis or without.
struct HostChecks {
    private let composition: Composition

    init(_ composition: Composition) { self.composition = composition }

    func schedule() -> [Check] {
        let path = composition.settings.schedulesPath
        do {
            let file = try composition.schedule()
            return [.ok("schedule", "\(path): \(file.schedules.count) entries, \(file.pools.count) pools")]
        } catch {
            return [.fail("schedule", "\(error)", "Mend the file; 'flotilla schedule check' reads it alone.")]
        }
    }

    /// Opens the file for reading only: an unmigrated one stays as it is.
    func database() async -> [Check] {
        do throws(LedgerError) {
            let address = try LedgerAddress(composition.settings.databaseURL)
            let ledger = try await Ledger.openReadOnly(address, now: { Date() })
            try await ledger.close()
            return [.ok("database", "\(ledger.path) opens and has the newest schema")]
        } catch {
            if case .fileMissing = error { return [.warn("database", "\(error)", "'flotilla up' makes a new one.")] }
            return [.fail("database", "\(error)")]
        }
    }

    private static let leastFree = 100 << 20
    private static let comfortablyFree = 1 << 30

    func disk() -> [Check] {
        let database = (try? LedgerAddress(composition.settings.databaseURL).path) ?? "."
        let folders = [URL(fileURLWithPath: database).deletingLastPathComponent(), composition.settings.home]
        var checks: [Check] = []
        var seen: Set<String> = []
        for folder in folders where seen.insert(folder.path).inserted {
            guard let free = Self.free(folder) else { continue }
            let text = "\(folder.path): \(Shown.bytes(free)) free"
            let remedy = "Make room: neither jobs nor orders are kept when the disk is full."
            switch free {
            case ..<Self.leastFree: checks.append(.fail("disk", text, remedy))
            case ..<Self.comfortablyFree: checks.append(.warn("disk", text, remedy))
            default: checks.append(.ok("disk", text))
            }
        }
        return checks
    }

    /// Bytes that are free where a folder is or would be.
    private static func free(_ folder: URL) -> Int? {
        var folder = folder
        while !FileManager.default.fileExists(atPath: folder.path), folder.path != "/" {
            folder.deleteLastPathComponent()
        }
        let attributes = try? FileManager.default.attributesOfFileSystem(forPath: folder.path)
        return (attributes?[.systemFreeSize] as? NSNumber)?.intValue
    }
}

/// What can be wrong with the Redis server.
struct RedisChecks {
    private let broker: Broker

    init(_ broker: Broker) { self.broker = broker }

    func all() async throws -> [Check] {
        let info = ServerReport(text: try await broker.redis.send(["INFO"]).string(of: "INFO"))
        // Where an administrator has taken CONFIG away, the rules for snapshots are unknown.
        let save = try? await broker.redis.send(["CONFIG", "GET", "save"]).strings(of: "CONFIG")
        return [
            version(info), role(info), eviction(info), persistence(info, save: save?.last), memory(info),
            try await time(),
        ]
    }

    private func version(_ info: ServerReport) -> Check {
        let version = info["redis_version"]
        let numbers = version.split(separator: ".").compactMap { Int($0) }
        let seen = "\(broker.redis.address.location), version \(version)"
        guard numbers.count >= 2, (numbers[0], numbers[1]) >= (6, 2) else {
            return .fail("redis", seen, "Install Redis 6.2 or newer: fetching needs its LPOP with a count.")
        }
        return .ok("redis", seen)
    }

    private func role(_ info: ServerReport) -> Check {
        guard info["role"] == "slave" else { return .ok("role", "it takes writes") }
        return .fail("role", "this server is a replica of \(info["master_host"])", "Set REDIS_URL to the primary.")
    }

    private func eviction(_ info: ServerReport) -> Check {
        let policy = info["maxmemory_policy"]
        guard policy != "noeviction" else { return .ok("eviction", "noeviction") }
        return .fail(
            "eviction", "policy \(policy): short of memory, Redis deletes keys, and with them orders to be placed",
            "redis-cli CONFIG SET maxmemory-policy noeviction, and the same in redis.conf.")
    }

    private static let fullDisk = "Look into Redis' log; is its disk full?"

    private func persistence(_ info: ServerReport, save: String?) -> Check {
        if info["aof_enabled"] == "1" {
            guard info["aof_last_write_status"] == "ok" else {
                return .fail("persistence", "the last write to the append-only file failed", Self.fullDisk)
            }
            return .ok("persistence", "append-only file")
        }
        let remedy = "redis-cli CONFIG SET appendonly yes, and the same in redis.conf."
        guard info["rdb_last_bgsave_status"] != "err" else {
            return .fail("persistence", "the last snapshot failed, and Redis may refuse writes", Self.fullDisk)
        }
        if save == "" { return .warn("persistence", "none: a restart of Redis loses all jobs", remedy) }
        return .warn("persistence", "snapshots only: a crash loses the jobs since the last one", remedy)
    }

    private func memory(_ info: ServerReport) -> Check {
        let used = info.number("used_memory")
        let limit = info.number("maxmemory")
        let most = limit > 0 ? limit : info.number("total_system_memory")
        let place = limit > 0 ? "" : " in the machine, no maxmemory"
        let seen = "\(Shown.bytes(used)) used of \(Shown.bytes(most))\(place)"
        guard most > 0 else { return .ok("memory", "\(Shown.bytes(used)) used") }
        let remedy = "Raise maxmemory or drain the queues: a full Redis refuses new jobs."
        switch used * 100 / most {
        case 95...: return .fail("memory", seen, remedy)
        case 80...: return .warn("memory", seen, remedy)
        default: return .ok("memory", seen)
        }
    }

    /// The fleet uses Redis' time alone; times in logs and in the database are the host's.
    private func time() async throws -> Check {
        var best = (wait: Double.infinity, difference: 0.0)
        for _ in 0..<3 {
            let before = Date()
            let parts = try await broker.redis.send(["TIME"]).array(of: "TIME")
            let after = Date()
            guard parts.count == 2 else { continue }
            let server = Double(try parts[0].int(of: "TIME")) + Double(try parts[1].int(of: "TIME")) / 1_000_000
            let wait = after.timeIntervalSince(before)
            guard wait < best.wait else { continue }
            best = (wait, before.timeIntervalSince1970 + wait / 2 - server)
        }
        let milliseconds = Int((best.difference * 1_000).rounded())
        let seen = "this host is \(abs(milliseconds)) ms \(milliseconds < 0 ? "behind" : "ahead of") Redis"
        let remedy = "Set both clocks by NTP (timedatectl set-ntp true)."
        switch abs(milliseconds) {
        case 2_001...: return .fail("clock", seen, remedy)
        case 501...: return .warn("clock", seen, remedy)
        default: return .ok("clock", seen)
        }
    }
}

/// The fields of INFO.
private struct ServerReport {
    private var fields: [Substring: Substring] = [:]

    init(text: String) {
        for line in text.split(whereSeparator: \.isNewline) where !line.hasPrefix("#") {
            let parts = line.split(separator: ":", maxSplits: 1)
            if parts.count == 2 { fields[parts[0]] = parts[1] }
        }
    }

    subscript(name: String) -> String { fields[name[...]].map(String.init) ?? "" }

    func number(_ name: String) -> Int { Int(self[name]) ?? 0 }
}

/// Whether somebody does the work.
struct FleetChecks {
    private let broker: Broker

    init(_ broker: Broker) { self.broker = broker }

    func all() async throws -> [Check] {
        let inspector = QueueInspector(broker: broker)
        let workers = try await WorkerRegistry(broker: broker).live()
        var queues: [QueueCounts] = []
        for name in try await inspector.queues() { queues.append(try await inspector.counts(of: name)) }
        let holder = try await inspector.leader()?.holder
        return [leader(holder), self.workers(workers)] + idle(queues, workers) + [dead(queues)]
    }

    private func leader(_ holder: String?) -> Check {
        if let holder { return .ok("scheduler", "\(holder) leads") }
        return .fail(
            "scheduler", "no scheduler leads: nothing of the schedule runs", "Start one with 'flotilla scheduler'.")
    }

    private func workers(_ workers: [WorkerReport]) -> Check {
        guard !workers.isEmpty else {
            return .fail("workers", "no worker lives", "Start the fleet with 'flotilla up', or a 'flotilla worker'.")
        }
        return .ok("workers", "\(workers.count) live, \(workers.reduce(0) { $0 + $1.slots }) slots")
    }

    /// Queues whose ready jobs nobody takes.
    private func idle(_ queues: [QueueCounts], _ workers: [WorkerReport]) -> [Check] {
        let served = Set(workers.flatMap(\.queues))
        return queues.filter { $0.ready > 0 }.compactMap { queue in
            let seen = "\(queue.name): \(queue.ready) ready jobs"
            if let reason = queue.pausedBecause {
                return .warn("queue", "\(seen), and it is paused: \(reason)", "flotilla queues resume \(queue.name)")
            }
            guard !served.contains(queue.name) else { return nil }
            return .fail(
                "queue", "\(seen), and no worker serves it",
                "Put it into a pool of the schedule file, or start 'flotilla worker --queues \(queue.name)'.")
        }
    }

    private func dead(_ queues: [QueueCounts]) -> Check {
        let dead = queues.filter { $0.dead > 0 }
        guard !dead.isEmpty else { return .ok("dead jobs", "none") }
        let list = dead.map { "\($0.name) \($0.dead)" }.joined(separator: ", ")
        return .warn("dead jobs", list, "Look at 'flotilla failed list', then retry or discard them.")
    }
}
