import Ledger

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
