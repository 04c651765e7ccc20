public import Foundation
import Trading

/// The account's balances as the cache holds them.
public struct CachedAccounts: Sendable, Equatable {
    /// One for each currency that was ever held, in the exchange's order.
    public let accounts: [Account]
    /// When the exchange was asked, by the clock of the host that did.
    public let fetchedAt: Date

    /// - Parameter fetchedAt: when the exchange was asked, by this host's clock.
    public init(accounts: [Account], fetchedAt: Date) {
        self.accounts = accounts
        self.fetchedAt = fetchedAt
    }

    /// What the exchange has just answered.
    public init(_ accounts: [Account], fetchedAt: Date) {
        self.init(
            accounts: accounts.map {
                Account(currency: $0.currency, available: $0.available, hold: $0.hold)
            }, fetchedAt: fetchedAt)
    }

    /// Seconds since the exchange was asked; infinite when that time lies ahead.
    public func ageSeconds(at now: Date) -> TimeInterval { DataAge.seconds(since: fetchedAt, at: now) }
}

/// The balances as JSON: exact decimals as text, and the time of the fetch.
struct AccountsEncoding: Codable {
    struct Balance: Codable {
        var currency: String
        var available: Amount
        var hold: Amount
    }

    var fetched_ms: Int
    var accounts: [Balance]

    init(_ cached: CachedAccounts) {
        fetched_ms = milliseconds(cached.fetchedAt)
        accounts = cached.accounts.map { Balance(currency: $0.currency, available: $0.available, hold: $0.hold) }
    }

    var cached: CachedAccounts {
        CachedAccounts(
            accounts: accounts.map {
                Account(currency: $0.currency, available: $0.available, hold: $0.hold)
            }, fetchedAt: date(milliseconds: fetched_ms))
    }
}
