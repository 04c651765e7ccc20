import Exchange
import Foundation
import Ledger
import Trading

/// A bot as it was when it decided. The id alone is no identity: the ledger gives a deleted bot's id to the next bot.
struct BotIdentity: Codable, Sendable, Equatable {
    /// As the ledger stores it; empty for NULL.
    let createdAt: String
    /// A hash of the signals that decided.
    let signals: String

    enum CodingKeys: String, CodingKey {
        case createdAt = "created_at"
        case signals
    }

    init(_ record: BotRecord) {
        createdAt = record.createdAtText
        signals = String(DeterministicHash.value("bot", record.signalConfig), radix: 16)
    }
}

/// The facts of a rebalance by which its orders are checked before they are placed.
struct RebalanceOrigin: Codable, Sendable, Equatable {
    let id: String
    /// Wanted share of equity.
    let target: Amount
    /// Whether the sizes of the product's bots bound its holding.
    let isCappedByBots: Bool

    enum CodingKeys: String, CodingKey {
        case id, target
        case isCappedByBots = "capped_by_bots"
    }
}

/// The origin of an order.
enum OrderOrigin: Sendable, Equatable {
    /// An evaluation of a bot.
    case signal
    /// A rebalance; without an origin the payload is of an older version.
    case rebalance(RebalanceOrigin?)
    /// An operator, or another program.
    case hand
}

extension ExecutionJob.Payload {
    var origin: OrderOrigin {
        if rebalance != nil || reason == "rebalance" { return .rebalance(rebalance) }
        guard botID != nil, bot != nil || decidedAtMilliseconds != nil || reason == "signal" else { return .hand }
        return .signal
    }
}
