import Exchange
import JobQueue
import Worker

/// The account's balances.
extension CacheRefreshJob {
    func refreshAccounts(_ exchange: any ExchangeClient) async throws -> JobOutput {
        let asked = dependencies.now()
        let accounts = try await exchange.accounts()
        try await dependencies.cache.store(accounts: CachedAccounts(accounts, fetchedAt: asked))
        return JobOutput(result: ResultText.of(["accounts": "\(accounts.count)"]))
    }
}
