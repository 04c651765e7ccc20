import ArgumentParser
import Documents
import Exchange
import JobQueue
import Jobs
import Operations
import ScheduleConfiguration
import Trading

/// Sells what is held.
struct Flatten: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Halt buys and sell everything that is held, or all of one product.",
        discussion: """
            It asks for the word 'flatten'; a script says --yes --i-mean flatten. Orders go through the queue, so \
            'flotilla jobs show ID' tells what became of each. Buys stay halted until 'flotilla resume orders'.
            """)

    private static let word = "flatten"

    @OptionGroup var common: CommonOptions
    @Option(help: "Sell this product alone, such as BTC-USD.") var product: String?
    @Option(help: "Why, for those who wonder.") var reason = ""
    @Option(help: "With --yes: the word 'flatten'.") var iMean: String?
    @OptionGroup var consent: ConfirmationOptions

    func run() async throws {
        let only = try product.map { try ProductID($0) }
        let composition = try Composition(common)
        try await composition.withBroker { broker in
            let dependencies = try await composition.dependencies(broker: broker)
            try await LedgerClaim.refuseOther(composition, broker, dependencies.ledger)
            let store = OrderGateStore(broker: broker)
            if let halt = try await store.read().halt(ofBuy: false) {
                throw CommandFailure(
                    .refused, "Nothing can be sold: \(halt.sentence). \(OrderGate.resumption), then flatten.")
            }
            let plan = try await FlattenPlan(
                dependencies, product: only,
                beforeRequest: composition.takingTokens(try? await composition.activeSchedule(broker), broker))
            guard !consent.dryRun else { return show(plan, plan.sales.map { ($0, nil) }) }
            if !consent.json { show(plan, plan.sales.map { ($0, nil) }) }
            try demand(plan)
            let jobs = try await sell(plan, broker)
            show(plan, jobs.map { ($0.sale, $0.id) })
        }
    }

    private func demand(_ plan: FlattenPlan) throws {
        if consent.yes {
            guard iMean == Self.word else {
                throw CommandFailure(.refused, "Nothing was sold. With --yes say --i-mean flatten too.")
            }
            return
        }
        let question = "Halt buys and sell \(plan.sales.count) holdings? Type 'flatten' to do it:"
        guard Terminal.ask(question) == Self.word else {
            throw CommandFailure(
                .refused, "Nothing was changed. Type the word when asked, or say --yes --i-mean flatten.")
        }
    }

    /// Halts buys, unless they are, and enqueues the sales. Called twice under one halt it enqueues each once.
    private func sell(
        _ plan: FlattenPlan, _ broker: Broker
    ) async throws -> [(sale: FlattenPlan.Sale, id: JobID)] {
        let person = FleetOperator.here(broker)
        let store = OrderGateStore(broker: broker)
        if try await store.read().halt(ofBuy: true) == nil {
            try await person.haltOrders(.buys, for: nil, why: reason.isEmpty ? "flatten" : reason)
        }
        // Resting buys are cancelled by it.
        try await broker.enqueue(try ReconciliationRequest.job())
        let since = try await store.read().halt(ofBuy: true)?.since ?? 0
        let acting = person.acting("orders.flatten", on: product ?? "all products", why: reason)
        var enqueued: [(FlattenPlan.Sale, JobID)] = []
        for sale in plan.sales {
            var job = try FlattenPlan.job(sale, of: "flatten-\(since)", attempt: 1)
            for attempt in 2...Self.attempts {
                guard let id = job.id, let known = try await QueueInspector(broker: broker).job(id),
                    known.state.isFinal
                else { break }
                job = try FlattenPlan.job(sale, of: "flatten-\(since)", attempt: attempt)
            }
            enqueued.append((sale, try await acting.enqueue(job).id))
        }
        return enqueued
    }

    /// How often the same holding is sold under one halt.
    private static let attempts = 20

    private func show(_ plan: FlattenPlan, _ sales: [(sale: FlattenPlan.Sale, id: JobID?)]) {
        guard !consent.json else {
            return Terminal.printDocument(
                FlattenDocument(
                    isDryRun: consent.dryRun,
                    sales: sales.map { ($0.sale.product.rawValue, $0.sale.baseSize.description, $0.id?.description) },
                    unsellable: plan.unsellable))
        }
        if sales.isEmpty {
            print("nothing is held that can be sold")
        } else {
            Terminal.printTable(
                ["PRODUCT", "SELL", "JOB"],
                sales.map { [$0.sale.product.rawValue, $0.sale.baseSize.description, $0.id?.description ?? "-"] })
        }
        if !plan.unsellable.isEmpty { print("not sold, no listed product: \(plan.unsellable.joined(separator: ", "))") }
    }
}

extension Composition {
    /// Takes a token for each request of a command, as a job of the order queue does; none where no schedule is known.
    func takingTokens(_ schedule: ScheduleFile?, _ broker: Broker) -> BeforeRequest {
        let limiter = schedule.map { self.limiter($0, broker) }
        let limit = settings.exchangeLimit
        return { _ throws(ExchangeError) in
            do {
                let answer = try await limiter?.take(limit, for: KindDefinition.execution.queue.description)
                guard let answer, answer.taken == 0 else { return }
            } catch {
                throw .unavailable(during: "taking a token", reason: "\(error)")
            }
            throw .rateLimited(retryAfter: .seconds(1))
        }
    }
}
