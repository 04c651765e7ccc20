import ArgumentParser
import Documents
import Fleet
import Foundation
import JobQueue
import Redis
import ScheduleConfiguration
import UnixSignals

/// The hosts of the fleet.
struct FleetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fleet", abstract: "The supervisor of one host, and what concerns all hosts.",
        subcommands: [Run.self, List.self, Restart.self], defaultSubcommand: Run.self)

    struct Run: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: """
                Run this host's share of the pools, by the schedule that is active in Redis; no file is needed. Drains \
                on SIGTERM. SIGTTIN adds a process of the first pool, SIGTTOU takes one away.
                """)

        @OptionGroup var common: CommonOptions
        @Option(help: "Only these pools, with commas between; else every pool.") var pools: String?
        @Option(help: "The host's weight against the others; else the number of its processors.") var capacity: Int?
        @Option(help: "What the host is called; else the machine's name.") var host: String?
        @Flag(help: "An error at the start or end as one JSON document on stdout.") var json = false

        func run() async throws {
            let composition = try Composition(common)
            try composition.settings.refuseUnobeyed()
            let identity = try identity(composition)
            let lock = try HomeLock(
                composition.settings.home, host == nil ? "up.lock" : "fleet-\(lockName).lock")
            defer { withExtendedLifetime(lock) {} }
            LogLines.keep(.backend, composition.settings)
            try await composition.refuseStranger()
            let client = try composition.redis(patience: .seconds(10))
            try await composition.awaitRedis(client)
            let broker = Broker(redis: client)
            let (file, version) = try await composition.awaitSchedule(broker)
            let served = try served(file)
            let queues = served.flatMap(\.queueNames)
            try await composition.refuseUnsafeOrders(queues, in: file, client)
            try await LedgerClaim.precede(composition, broker)
            let mark = SupervisorMark(composition.settings.home, host == nil ? "fleet" : "fleet-\(lockName)")
            try await mark.succeed(identity, OrderHold(broker: broker, logger: composition.logger))
            await client.close()
            let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint, .sighup)
            var fleet = FleetRun(
                composition: composition, file: file, version: version,
                pools: { try FleetRun.workers(composition, $0, $1) })
            fleet.host = identity
            fleet.keepsOutputFree = json
            let names = served.map(\.name).joined(separator: ", ")
            if !json {
                print("host \(identity.name) with capacity \(identity.capacity) joins the fleet for the pools \(names)")
                print("Look: flotilla fleet list    Scale: flotilla scale POOL=N    Stop: Ctrl-C")
            }
            try await fleet.run(until: signals)
            mark.remove()
        }

        private func identity(_ composition: Composition) throws -> HostIdentity {
            guard capacity.map({ (1...1_000_000).contains($0) }) ?? true else {
                throw CommandFailure(.usage, "--capacity is \(capacity ?? 0). Use 1 to 1000000.")
            }
            if let host, host.isEmpty || host.utf8.count > 64 || host.contains(where: { !$0.isASCII || $0 <= " " }) {
                throw CommandFailure(.usage, "--host takes 1 to 64 printable ASCII characters without blanks.")
            }
            let names = pools?.split(separator: ",").map(String.init)
            return composition.host(host, capacity: capacity, pools: names, settling: .milliseconds(1_500))
        }

        /// A part of a file's name.
        private var lockName: String {
            String((host ?? "").map { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "." ? $0 : "_" })
        }

        /// The pools that this host runs.
        /// - Throws: `CommandFailure` with status `usage` for a pool that the schedule does not have.
        private func served(_ file: ScheduleFile) throws -> [WorkerPool] {
            guard let names = pools?.split(separator: ",").map(String.init) else { return file.pools }
            let known = file.pools.map(\.name).joined(separator: ", ")
            if let unknown = names.first(where: { name in !file.pools.contains { $0.name == name } }) {
                throw CommandFailure(
                    .usage, "No pool is called '\(Shown.line(unknown))' in the active schedule. Use some of: \(known).")
            }
            guard !names.isEmpty else {
                throw CommandFailure(.usage, "--pools names no pool. Use some of: \(known).")
            }
            return file.pools.filter { names.contains($0.name) }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "The hosts whose supervisors live, and what runs there.", aliases: ["ls"])

        @OptionGroup var common: CommonOptions
        @Flag(help: "One JSON document on stdout.") var json = false

        func run() async throws {
            try await Composition(common).withBroker { broker in
                let state = try await FleetStore(broker: broker).state()
                let now = try await broker.clock.now()
                if json { return Terminal.printDocument(state.hosts.map { HostDocument($0, now: now) }) }
                Terminal.printTable(
                    ["HOST", "CAPACITY", "POOLS", "RUNNING", "BY SIGNAL", "HEARTBEAT", "ID"],
                    state.hosts.map { host in
                        [
                            host.name, "\(host.capacity)", host.pools?.joined(separator: ",") ?? "all",
                            Self.running(host),
                            Self.shown(host.steps) { $0 > 0 ? "+\($0)" : "\($0)" },
                            Shown.age(milliseconds: now - host.heartbeatMilliseconds) + " ago", host.id,
                        ]
                    })
            }
        }

        private static func running(_ host: HostReport) -> String {
            let dying = (host.failing ?? []).map { "\($0) keeps dying" }
            let counts = shown(host.running) { "\($0)" }
            return dying.isEmpty ? counts : (dying + (counts == "-" ? [] : [counts])).joined(separator: ", ")
        }

        private static func shown(_ counts: [String: Int], _ number: (Int) -> String) -> String {
            let words = counts.filter { $0.value != 0 }.sorted { $0.key < $1.key }
                .map { "\($0.key) \(number($0.value))" }
            return words.isEmpty ? "-" : words.joined(separator: ", ")
        }
    }
}
