import Documents
import Foundation
import JobQueue
import Ledger

/// The reasons why the fleet places no orders: those that live workers report, and those that this host finds in the
/// database file itself. Changes nothing; works with every worker dead.
struct OrderHealth {
    /// A sentence, and how many of the live workers report it; none for a reason that only this host finds.
    struct Reason {
        let sentence: String
        let workers: Int
        let all: Int

        var place: String {
            workers == 0 ? "this host" : workers == all ? "every worker" : "\(workers) of \(all) workers"
        }

        var line: String { "orders held: \(Shown.line(sentence, 1_000)) (\(place))" }
    }

    let reasons: [Reason]

    init(_ composition: Composition, _ workers: [WorkerReport]) async {
        let told = Set(workers.flatMap(\.heldBecause)).sorted().map { sentence in
            Reason(
                sentence: sentence, workers: workers.count { $0.heldBecause.contains(sentence) }, all: workers.count)
        }
        let seen = await Self.local(composition).map { Reason(sentence: "\($0)", workers: 0, all: workers.count) }
        reasons = told + [seen].compactMap(\.self).filter { own in !told.contains { $0.sentence == own.sentence } }
    }

    /// The error that a worker that starts here would get. A worker creates or migrates a file that is missing or old.
    private static func local(_ composition: Composition) async -> LedgerError? {
        do throws(LedgerError) {
            let address = try LedgerAddress(composition.settings.databaseURL)
            let ledger = try await Ledger.openReadOnly(address, now: { Date() })
            let problem = try await ledger.schemaProblem()
            try await ledger.close()
            return problem
        } catch {
            switch error {
            case .notADatabase, .otherSchema, .newerSchema: return error
            // A worker may be able to read a file that this user cannot.
            default: return error.holdsOrders ? error : nil
            }
        }
    }

    /// The first reason, as a sentence with its remedy; nil when orders are placed.
    var trouble: String? { reasons.first.map { "Orders are held (\($0.place)): \(Shown.line($0.sentence, 1_000))" } }

    var lines: [String] { reasons.map(\.line) }

    var checks: [Check] {
        let remedy = "Orders go on by themselves when it is mended."
        return reasons.filter { $0.workers > 0 }.map { .fail("orders", $0.line, remedy) }
    }

    var documents: [OrdersHeldDocument] {
        reasons.map { OrdersHeldDocument(reason: $0.sentence, workers: $0.workers) }
    }
}

extension HostChecks {
    /// Whether an open ledger can be trusted: reads the whole file.
    func trust(of ledger: Ledger, at address: LedgerAddress) async throws(LedgerError) -> [Check] {
        if let damage = await Ledger.damage(at: address) { return [.fail("integrity", "\(damage)")] }
        var checks = [Check.ok("integrity", "every page and every index is sound")]
        if let problem = try await ledger.schemaProblem() { checks.append(.fail("tables", "\(problem)")) }
        let missing = try await ledger.missingAdditions()
        if !missing.isEmpty {
            checks.append(
                .warn(
                    "tables", "another program has dropped \(missing.joined(separator: ", "))",
                    "A worker that runs restores it within seconds; else 'flotilla up' does."))
        }
        for sentence in try await ledger.contradictions() {
            checks.append(.warn("rows", sentence, "Compare them with the exchange; a restore may have lost them."))
        }
        return checks
    }
}
