import ArgumentParser
import Documents
import JobQueue
import Jobs
import Operations
import Time

/// Stops orders for the whole fleet.
struct HaltCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "halt", abstract: "Place no more buys, or no more orders at all, on any host, from now on.",
        discussion: """
            'flotilla halt buys' cancels resting buys; sells go on. 'flotilla halt all' places nothing and cancels all \
            resting orders. The halt outlives restarts of workers and of Redis. Decisions that were made before \
            'flotilla resume orders' are not traded afterwards.
            """)

    enum Level: String, ExpressibleByArgument, CaseIterable {
        case buys, all
    }

    @OptionGroup var common: CommonOptions
    @Argument(help: "buys or all.") var level: Level
    @Option(help: "Why, for those who wonder.") var reason: String
    @Option(name: .customLong("for"), help: "How long, such as 1h; else until orders are resumed.")
    var duration: String?
    @Flag(help: "One JSON document on stdout.") var json = false

    func run() async throws {
        let length = try duration.map { Duration.milliseconds(try DurationParser.milliseconds($0)) }
        try await Composition(common).withBroker { broker in
            let level: OrderGate.Level = level == .all ? .all : .buys
            try await FleetOperator.here(broker).haltOrders(level, for: length, why: reason)
            do {
                try await broker.enqueue(try ReconciliationRequest.job())
            } catch {
                Terminal.complain("They are halted, but resting orders are cancelled later: \(error)")
            }
            let gate = try await OrderGateStore(broker: broker).read()
            if json { return Terminal.printDocument(OrderGateDocument(gate)) }
            gate.lines(at: try await broker.clock.now()).forEach { print($0) }
        }
    }
}
