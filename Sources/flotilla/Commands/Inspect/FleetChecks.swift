import Documents
import Foundation
import JobQueue
import Jobs
import Ledger
import Operations
import Redis
import ScheduleConfiguration

/// What can be wrong on this host, with Redis or without.
struct HostChecks {
    let composition: Composition

    init(_ composition: Composition) { self.composition = composition }

    func schedule() -> [Check] {
        let path = composition.settings.schedulesPath
        do {
            let file = try composition.schedule()
            return [.ok("schedule", "\(path): \(file.schedules.count) entries, \(file.pools.count) pools")]
                + file.warnings.map { .warn("schedule", "\(path):\($0.line):\($0.column): \($0.message)") }
        } catch {
            if case ConfigurationError.unreadable = error { return [.fail("schedule", "\(error)")] }
            let check = composition.settings.pasted(["schedule", "check"])
            return [.fail("schedule", "\(error)", "Mend the file; this reads it alone: \(check)")]
        }
    }

    /// Opens the file for reading only: an unmigrated one stays as it is.
    func database() async -> [Check] {
        do throws(LedgerError) {
            let address = try LedgerAddress(composition.settings.databaseURL)
            let ledger = try await Ledger.openReadOnly(address, now: { Date() })
            let (consent, health) = (try await ledger.consent(.rebalance), try await ledger.health())
            let broken = try await ledger.botsInError()
            let trust = try await trust(of: ledger, at: address)
            try await ledger.close()
            return [.ok("database", "\(ledger.path) opens and has the newest schema")]
                + trust + Self.rebalance(consent, health) + Self.bots(broken)
        } catch {
            if case .fileMissing = error {
                // A fleet that has lost its database must not begin anew with an empty one.
                let remedy =
                    "Put it back, or restore a backup ('flotilla db restore FILE'), if a fleet has used it; a first "
                    + "'flotilla up' makes one."
                return [.warn("database", "\(error)", remedy)]
            }
            return [.fail("database", "\(error)")]
        }
    }

    /// On purpose, so it is no failure: nothing is traded before an operator has looked at it.
    private static func rebalance(_ consent: OperatorConsent, _ health: LedgerHealth) -> [Check] {
        if consent.isGiven { return [.ok("rebalance", Rebalance.sentence(consent))] }
        guard health.bots > 0 else { return [] }
        return [.warn("rebalance", "rebalances order nothing", RebalanceReport.confirmation)]
    }

    /// They hold; the rest of the fleet is well.
    private static func bots(_ broken: [BotInError]) -> [Check] {
        guard !broken.isEmpty else { return [] }
        let shown = broken.prefix(5).map { "bot \($0.id) (\($0.pair)): \($0.reason ?? "no reason is recorded.")" }
        let rest = broken.count > 5 ? " And \(broken.count - 5) more." : ""
        return [
            .warn(
                "bots", "\(broken.count) in ERROR. \(shown.joined(separator: " "))\(rest)",
                "Mend the row and start the bot; one that waits for its product starts by itself.")
        ]
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
            let isThere = FileManager.default.fileExists(atPath: folder.path)
            let text = "\(folder.path)\(isThere ? "" : " does not exist; where it would be"): \(Shown.bytes(free)) free"
            let remedy = "Make room: neither jobs nor orders are kept when the disk is full."
            switch free {
            case Self.leastFree... where !isThere:
                let mend =
                    folder == composition.settings.home
                    ? "'flotilla up' makes it. If it should be there: go to the fleet's folder, or set FLOTILLA_HOME."
                    : "Make it, or correct DATABASE_URL."
                checks.append(.warn("disk", text, mend))
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
    /// Queues whose jobs must be on disk before an enqueue is reported.
    private let durable: [String]

    /// - Parameter file: the active schedule; nil when it cannot be read.
    init(_ broker: Broker, _ file: ScheduleFile?) {
        self.broker = broker
        durable = (file?.queues ?? []).filter { $0.settings.durability == .fsync }.map(\.name.description)
    }

    func all() async throws -> [Check] {
        do throws(RedisError) {
            return checks(of: try await broker.redis.serverFacts()) + [try await time()]
        } catch {
            guard case .noPermission = error else { throw error }
            let remedy = "Grant INFO to our user: version, memory and persistence could not be checked."
            return [.fail("redis", "\(error)", remedy), try await time()]
        }
    }

    private func checks(of facts: ServerInfo) -> [Check] {
        let safety = RedisSafety(facts)
        return [version(facts)] + RedisSafety.Topic.allCases.flatMap { checks(of: $0, safety, facts) }
            + durability(facts)
    }

    private func version(_ facts: ServerInfo) -> Check {
        let seen = "\(broker.redis.address.location), version \(facts.version ?? "unknown")"
        guard facts.isAtLeast(6, 2) else {
            return .fail("redis", seen, "Install Redis 6.2 or newer: fetching needs its LPOP with a count.")
        }
        return .ok("redis", seen)
    }

    private func checks(of topic: RedisSafety.Topic, _ safety: RedisSafety, _ facts: ServerInfo) -> [Check] {
        let name = topic.rawValue
        let failed = safety.dangers.filter { $0.topic == topic }.map { Check.fail(name, $0.seen, $0.remedy) }
        let warned = safety.warnings.filter { $0.topic == topic }.map { Check.warn(name, $0.seen, $0.remedy) }
        guard failed.isEmpty, warned.isEmpty else { return failed + warned }
        switch topic {
        case .role: return [.ok(name, "it takes writes")]
        case .loading: return []
        case .eviction: return [.ok(name, "noeviction")]
        case .persistence: return [.ok(name, "append-only file")]
        case .memory: return [.ok(name, "\(Shown.bytes(facts.usedMemory ?? 0)) used of \(facts.shownMemory)")]
        }
    }

    private func durability(_ facts: ServerInfo) -> [Check] {
        guard !durable.isEmpty else { return [] }
        if let gap = RedisSafety.unproved(durable, facts) { return [.fail("durability", gap.seen, gap.remedy)] }
        return [.ok("durability", "\(durable.joined(separator: ", ")): on disk before an enqueue is reported")]
    }

    /// The fleet uses Redis' time alone; times in logs and in the database are the host's.
    private func time() async throws(RedisError) -> Check {
        var best = (wait: Double.infinity, difference: 0.0)
        for _ in 0..<3 {
            let before = Date()
            let parts = try await broker.redis.send(["TIME"]).array(of: "TIME", count: 2)
            let after = Date()
            let server = Double(try parts[0].int(of: "TIME")) + Double(try parts[1].int(of: "TIME")) / 1_000_000
            let wait = after.timeIntervalSince(before)
            guard wait < best.wait else { continue }
            best = (wait, before.timeIntervalSince1970 + wait / 2 - server)
        }
        let milliseconds = Int(min(max(best.difference * 1_000, -0x1p53), 0x1p53).rounded())
        let seen = "this host is \(abs(milliseconds)) ms \(milliseconds < 0 ? "behind" : "ahead of") Redis"
        let remedy = "Set both clocks by NTP (timedatectl set-ntp true)."
        switch abs(milliseconds) {
        case 2_001...: return .fail("clock", seen, remedy)
        case 501...: return .warn("clock", seen, remedy)
        default: return .ok("clock", seen)
        }
    }
}

/// Checks of schedulers, workers and queues.
struct FleetChecks {
    private let composition: Composition
    private let broker: Broker

    init(_ composition: Composition, _ broker: Broker) {
        self.composition = composition
        self.broker = broker
    }

    func all() async throws -> [Check] {
        let inspector = QueueInspector(broker: broker)
        let file = try await broker.schedules.schedule().flatMap { try? Composition.parse($0) }
        let holds = try await FleetHolds(
            file ?? (try? composition.schedule()), composition.fleetView(broker))
        let queues = try await holds.readings(inspector)
        let holder = try await inspector.leader()?.holder
        let fleet = try await FleetVersions(file, broker)
        return [leader(holder), workers(holds.workers)] + versions(fleet) + Check.all(SwitchedOff.among(holds.workers))
            + queues.flatMap { held($0) } + [dead(queues.map(\.counts))]
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

    /// Whether the workers do what the active version of the schedule says.
    private func versions(_ fleet: FleetVersions) -> [Check] {
        let workers = fleet.workers.filter { $0.state != "draining" }
        guard let active = fleet.active, !workers.isEmpty else { return [] }
        var checks = [Check.ok("version", "all \(workers.count) workers go by schedule version \(active.number)")]
        if let lag = fleet.lag { checks = [.fail("version", lag, FleetVersions.lagRemedy)] }
        if let shortage = fleet.shortage { checks.append(.fail("pools", shortage, FleetVersions.shortageRemedy)) }
        let names = Set(fleet.pools.map(\.name) + ["-"])
        let strangers = Set(workers.map(\.pool)).subtracting(names).sorted()
        if !fleet.pools.isEmpty, !strangers.isEmpty {
            checks.append(
                .warn(
                    "pools", "workers of pools that the schedule does not have: \(strangers.joined(separator: ", "))",
                    "They go on with the queues that the pool had. Stop them, or give the pool back."))
        }
        return checks
    }

    /// The holds on the jobs of a queue. A mistake is a failure; an intended or temporary hold is a warning.
    private func held(_ queue: QueueReading) -> [Check] {
        queue.holds.filter { !$0.isOrdinary && ($0.count > 0 || [.circuit, .halted, .held].contains($0.cause)) }
            .compactMap { hold in
                let (seen, remedy) = (hold.sentence(at: queue.now), hold.remedy ?? "It passes by itself.")
                switch hold.cause {
                case .unserved, .unknownKind, .unsafeRedis: return .fail("queue", seen, remedy)
                case .paused, .fuse, .crashed, .postponed: return .warn("queue", seen, remedy)
                case .halted, .held: return .warn("orders", seen, remedy)
                case .circuit: return .warn("circuit", seen, remedy)
                // Short of tokens for a moment is how a limit works; one that a server has closed is not.
                case .limit: return hold.reason.isEmpty ? nil : .warn("limit", seen, remedy)
                case .concurrencyKey, .children, .dueLater, .retrying, .busy, .inLine: return nil
                }
            }
    }

    private func dead(_ queues: [QueueCounts]) -> Check {
        let dead = queues.filter { $0.dead > 0 }
        guard !dead.isEmpty else { return .ok("dead jobs", "none") }
        let list = dead.map { "\($0.name) \($0.dead)" }.joined(separator: ", ")
        return .warn("dead jobs", list, "Look at 'flotilla failed list', then retry or discard them.")
    }
}
