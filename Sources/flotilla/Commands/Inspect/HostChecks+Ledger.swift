import JobQueue
import Ledger

extension HostChecks {
    /// Whether the fleet writes to the database that is named here.
    func sameDatabase(as broker: Broker) async -> [Check] {
        guard let ledger = try? await composition.ledgerToRead() else { return [] }
        defer { Task { try? await ledger.close() } }
        do {
            try await LedgerClaim.refuseOther(composition, broker, ledger)
            return []
        } catch let failure as CommandFailure {
            return [.fail("database", failure.message, "What 'doctor' says of a database below is of that one.")]
        } catch {
            // That Redis or the file cannot be read is told by their own checks.
            return []
        }
    }

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
