import ArgumentParser
import Documents
import JobQueue
import Operations

extension FleetCommand {
    struct Restart: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: """
                Replace every process of every host, one at a time; no job is lost. Each replacement has to stay up \
                before the next process drains; where one does not, the restart stops.
                """)

        @OptionGroup var common: CommonOptions
        @Option(help: "Why, for the operator log.") var reason = ""
        @Flag(help: "Do not wait until it is done.") var noWait = false
        @OptionGroup var consent: ConfirmationOptions

        func run() async throws {
            try await Composition(common).withBroker { broker in
                let store = FleetStore(broker: broker)
                let hosts = try await store.state().hosts
                guard !hosts.isEmpty else {
                    throw CommandFailure(
                        .notFound,
                        "No supervisor lives that could restart anything. Start 'flotilla up' or "
                            + "'flotilla fleet' on a host.")
                }
                let count = hosts.reduce(0) { $0 + $1.running.values.reduce(0, +) }
                let names = hosts.map(\.name).joined(separator: ", ")
                if consent.dryRun {
                    let now = try await broker.clock.now()
                    if consent.json { return Terminal.printDocument(hosts.map { HostDocument($0, now: now) }) }
                    return print("would restart \(count) processes on \(names), one after the other")
                }
                try consent.demand("Restart \(count) processes on \(names), one after the other?")
                let number = try await FleetOperator.here(broker).restartFleet(why: reason)
                if noWait {
                    guard consent.json else { return print("restart \(number) is under way: flotilla fleet list") }
                    return Terminal.printDocument(FleetRestartDocument(restart: number, hosts: [], stoppedAt: nil))
                }
                try await wait(for: number, store)
            }
        }

        /// Waits until every live host is done, or one has stopped.
        private func wait(for number: Int, _ store: FleetStore) async throws {
            var told: Set<String> = []
            var done: [String] = []
            while true {
                let hosts = try await store.state().hosts
                for host in hosts where host.roll >= number && told.insert(host.id).inserted {
                    done.append(host.name)
                    if !consent.json { print("\(host.name) is done") }
                }
                if let stopped = hosts.first(where: { $0.stoppedRoll == number }) {
                    if consent.json {
                        Terminal.printDocument(
                            FleetRestartDocument(restart: number, hosts: done, stoppedAt: stopped.name))
                    }
                    throw CommandFailure(
                        .failed,
                        "The restart stopped on \(stopped.name): a replacement did not stay up. What follows still "
                            + "runs the old program. Look at the log of that host, then restart again.")
                }
                if hosts.allSatisfy({ $0.roll >= number }) { break }
                try await Following.sleep(for: .milliseconds(300))
            }
            guard !done.isEmpty else {
                throw CommandFailure(.failed, "Every host went away before it was done. Start one, and restart again.")
            }
            if consent.json {
                Terminal.printDocument(FleetRestartDocument(restart: number, hosts: done, stoppedAt: nil))
            } else {
                print("restart \(number) is done on \(done.count) \(done.count == 1 ? "host" : "hosts")")
            }
        }
    }
}
