import JobQueue
import Ledger
import ServiceLifecycle

/// Follows the file at the address of the database, and reports which one this process has open.
///
/// A file that was replaced is opened once it has come to rest; until then, and while it is gone, changes are refused.
struct LedgerWatch: Service {
    let ledger: Ledger
    let claim: LedgerClaim

    private static let interval = Duration.seconds(2)

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                // The ledger logs what it finds.
                _ = await ledger.look()
                await claim.report()
                try? await ContinuousClock().sleep(for: Self.interval)
            }
        }
        try await claim.run()
    }
}
