import Foundation
import Redis
import Trading

/// The account's balances and the last market scan.
extension MarketDataCache {
    /// Writes the balances, which live 90 s.
    /// - Parameter lifeSeconds: how long they live instead.
    /// - Throws: `unavailable`.
    public func store(accounts: CachedAccounts, lifeSeconds: Int? = nil) async throws(ExchangeError) {
        try await store(
            AccountsEncoding(accounts), at: keys.accounts, lifeSeconds ?? MarketDataKeys.accountsSeconds)
    }

    /// Writes a scan over the last one; it lives 3 h.
    /// - Parameter lifeSeconds: how long it lives instead.
    /// - Throws: `unavailable`.
    public func store(scan: MarketScan, lifeSeconds: Int? = nil) async throws(ExchangeError) {
        let value = ScanEncoding(scanned_ms: milliseconds(scan.scannedAt), scores: scan.scores)
        try await store(value, at: keys.scan, lifeSeconds ?? MarketDataKeys.scanSeconds)
    }

    /// The balances, or `nil` on a miss.
    /// - Throws: `unavailable`.
    public func accounts() async throws(ExchangeError) -> CachedAccounts? {
        try await value(AccountsEncoding.self, at: keys.accounts)?.cached
    }

    /// The last market scan, or `nil` on a miss.
    /// - Throws: `unavailable`.
    public func scan() async throws(ExchangeError) -> MarketScan? {
        try await value(ScanEncoding.self, at: keys.scan).map {
            MarketScan(scores: $0.scores, scannedAt: date(milliseconds: $0.scanned_ms))
        }
    }

    private func store(_ value: some Encodable, at key: String, _ seconds: Int) async throws(ExchangeError) {
        let bytes: [UInt8]
        do {
            bytes = [UInt8](try JSONEncoder().encode(value))
        } catch {
            throw .invalid(what: "market data", reason: "\(error)")
        }
        try await write([set(key, bytes, seconds)])
    }

    private func value<Value: Decodable>(_ type: Value.Type, at key: String) async throws(ExchangeError) -> Value? {
        guard let bytes = try await read([key])[0] else { return nil }
        do {
            return try JSONDecoder().decode(type, from: Data(bytes))
        } catch {
            report(key, "\(error)")
            return nil
        }
    }
}
