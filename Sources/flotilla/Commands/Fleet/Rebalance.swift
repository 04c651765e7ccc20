import ArgumentParser
import Documents
import Exchange
import Foundation
import JobQueue
import Jobs
import Ledger
import Logging
import ScheduleConfiguration
import Trading
import Worker

struct Rebalance: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "What a rebalance would trade, and the consent that it needs on a ledger with a past of its own.",
        discussion: """
            Without a flag: which operator has agreed, and which rebalance goes on. Rebalances themselves are jobs: \
            'flotilla enqueue rebalance', or an entry of the schedule.
            """)

    @OptionGroup var common: CommonOptions
    @Flag(help: "Show holdings, targets, bands, orders and reasons; order nothing.") var dryRun = false
    @Flag(help: "Agree that this ledger is rebalanced from now on. Look at a dry run first.") var confirm = false
    @Flag(help: "Agree without having looked.") var yes = false
    @Option(help: "Arguments of the job, JSON; else those of the schedule's rebalance.") var args: String?
    @Flag(help: "One JSON document on stdout.") var json = false

    func validate() throws {
        guard !dryRun || !confirm else { throw ValidationError("--dry-run and --confirm are both given. Use one.") }
        guard confirm || !yes else { throw ValidationError("--yes belongs to --confirm.") }
        guard dryRun || args == nil else { throw ValidationError("--args belongs to --dry-run.") }
    }

    func run() async throws {
        let composition = try Composition(common)
        // Opened for reading first: a file that is missing stays missing.
        let ledger = try await composition.ledgerToRead()
        let consent = try await ledger.consent(.rebalance)
        let open = try await ledger.openRebalance()
        try await ledger.close()
        if dryRun { return try await showPlan(composition, consent) }
        if confirm { return try await agree(composition, consent) }
        if json { return Terminal.printDocument(Self.document(consent, open)) }
        print(Self.sentence(consent))
        if let open {
            print(
                "the last rebalance is \(open.id), with \(open.orderJobs.count) orders; the next one waits until they "
                    + "are done")
        }
    }

    private func showPlan(_ composition: Composition, _ consent: OperatorConsent) async throws {
        let report = try await composition.withBroker { broker in
            let dependencies = try await composition.dependencies(broker: broker)
            try await LedgerClaim.refuseOther(composition, broker, dependencies.ledger)
            let schedule = try? await composition.activeSchedule(broker)
            let entry = schedule?.schedules.first {
                $0.job == KindDefinition.rebalance.name && RebalancePreview.concerns($0.argsJSON)
            }
            let limiter = schedule.map { composition.limiter($0, broker) }
            let preview = RebalancePreview(dependencies) { _ throws(ExchangeError) in
                do {
                    let answer = try await limiter?.take(
                        dependencies.exchangeLimit, for: KindDefinition.rebalance.queue.description)
                    guard let answer, answer.taken == 0 else { return }
                } catch {
                    throw .unavailable(during: "taking a token", reason: "\(error)")
                }
                throw .rateLimited(retryAfter: .seconds(1))
            }
            do {
                let report = try await preview.report(arguments: args ?? entry?.argsJSON ?? "{}")
                if report.isPlanned { try await dependencies.ledger.noteSeen(.rebalance, by: Self.operatorName) }
                return report
            } catch let stop as JobStop {
                throw CommandFailure(.usage, stop.description)
            }
        }
        if json {
            Terminal.printDocument(Self.document(consent, nil, report))
        } else {
            RebalanceText(report, consent).show()
        }
        if let reason = report.reason, !report.isPlanned { throw CommandFailure(.failed, reason) }
    }

    private func agree(_ composition: Composition, _ consent: OperatorConsent) async throws {
        guard consent.isGiven || yes || consent.seenBy != nil else {
            throw CommandFailure(
                .refused,
                "No operator has looked at what a rebalance would trade. Run 'flotilla rebalance --dry-run' first; "
                    + "--yes agrees without it.")
        }
        let ledger = try await composition.ledger()
        // Without Redis there is no fleet to compare with; the consent holds for this file.
        do {
            try await composition.withBroker { try await LedgerClaim.refuseOther(composition, $0, ledger) }
        } catch let failure as CommandFailure where failure.status == .refused {
            throw failure
        } catch {
            composition.logger.debug("the database was not compared with the fleet's: \(error)")
        }
        let given = try await ledger.confirm(.rebalance, by: Self.operatorName)
        try await ledger.close()
        if json { Terminal.printDocument(Self.document(given, nil)) } else { print(Self.sentence(given)) }
    }

    private static var operatorName: String { "\(NSUserName())@\(ProcessInfo.processInfo.hostName)" }

    static func sentence(_ consent: OperatorConsent) -> String {
        guard let name = consent.confirmedBy else { return RebalanceReport.confirmation }
        let at = consent.confirmedAt.map { " at " + Timestamp.text(Int64($0.timeIntervalSince1970 * 1_000)) } ?? ""
        return "rebalances of this ledger are agreed to by \(name)\(at)"
    }

    static func document(
        _ consent: OperatorConsent, _ open: OpenRebalance?, _ report: RebalanceReport? = nil
    ) -> RebalanceDocument {
        func time(_ date: Date?) -> Int64? { date.map { Int64($0.timeIntervalSince1970 * 1_000) } }
        return RebalanceDocument(
            confirmed: (consent.confirmedBy, time(consent.confirmedAt)), seen: (consent.seenBy, time(consent.seenAt)),
            open: open?.id, plan: report.map { RawJSON((try? CompactJSON.text($0)) ?? "") })
    }
}

/// A dry run as a person reads it.
struct RebalanceText {
    private let report: RebalanceReport
    private let consent: OperatorConsent

    init(_ report: RebalanceReport, _ consent: OperatorConsent) {
        self.report = report
        self.consent = consent
    }

    func show() {
        let (equity, cash) = (Self.dollars(report.equity), Self.dollars(report.cash))
        print("equity \(equity) USD, of it cash \(cash) USD; targets come to \(Self.percent(report.grossExposure))")
        Terminal.printTable(
            ["PRODUCT", "BOT", "HELD", "VALUE", "WEIGHT", "TARGET", "BAND", "BOT SIZE", "NOTE"],
            report.positions.map { position in
                [
                    position.product, position.bot.map { "\($0)" } ?? "-", position.quantity.description,
                    Self.dollars(position.value), Self.percent(position.weight), Self.percent(position.target),
                    position.band.map { "+-" + Self.percent($0) } ?? "-", Self.dollars(position.botSize),
                    position.note ?? "",
                ]
            })
        print("")
        for order in report.orders {
            print("\(order.side) \(order.baseSize) \(order.product) for about \(Self.dollars(order.notional)) USD")
        }
        if report.orders.isEmpty, report.skipped == nil {
            print("nothing to order: every weight is within its band, or the order would be too small")
        }
        if let reason = report.reason, report.isPlanned { print(reason) }
        print(Rebalance.sentence(consent))
    }

    private static func dollars(_ amount: Amount?) -> String { amount.map { $0.text(scale: 2) } ?? "-" }

    private static func percent(_ share: Amount?) -> String {
        share.flatMap { try? $0.times(Amount(100)) }.map { $0.text(scale: 2) + " %" } ?? "-"
    }
}

extension Composition {
    /// Whether an operator has agreed that the ledger is rebalanced.
    func isRebalanced() async throws -> Bool {
        let ledger = try await ledgerToRead()
        let consent = try await ledger.consent(.rebalance)
        try await ledger.close()
        return consent.isGiven
    }
}
