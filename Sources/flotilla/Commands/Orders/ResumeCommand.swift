import ArgumentParser
import Documents
import JobQueue
import Jobs
import Operations

/// Ends what 'halt' began.
struct ResumeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume", abstract: "Let orders be placed again after a halt; none that was decided before.",
        discussion: """
            Refused (exit status 5) while no reconciliation has come back clean since the halt began. It asks for one, \
            and waits for it.
            """)

    enum Subject: String, ExpressibleByArgument, CaseIterable {
        case orders
    }

    @OptionGroup var common: CommonOptions
    @Argument(help: "orders; a queue is resumed with 'flotilla queues resume'.") var subject: Subject
    @Flag(help: "One JSON document on stdout.") var json = false

    /// Long enough for a reconciliation of a few orders.
    private static let patience = Duration.seconds(10)

    func run() async throws {
        try await Composition(common).withBroker { broker in
            let answer = try await FleetOperator.here(broker).resumeOrders(
                asking: try ReconciliationRequest.job(), within: Self.patience, by: ContinuousClock())
            let gate = try await OrderGateStore(broker: broker).read()
            guard answer != .unreconciled else { throw CommandFailure(.refused, gate.refusal) }
            if json { return Terminal.printDocument(OrderGateDocument(gate)) }
            print(
                answer == .notHalted
                    ? "orders were not halted"
                    : "orders go on; none that was decided before now is placed")
            gate.lines(at: try await broker.clock.now()).forEach { print($0) }
        }
    }
}
