public import Exchange
public import Foundation
public import JobQueue
public import Ledger
import Trading

/// What is known of a bot at one moment: what its next evaluation and its next order would be judged by.
public struct BotFacts: Sendable {
    let record: BotRecord
    /// Its newest evaluation; nil before the first.
    let newest: SignalRecord?
    let gate: ActionGate.Record
    /// Orders whose fate is not known yet, oldest first.
    let unsettled: [IntentRecord]
    /// Why it is in ERROR, as far as that was recorded.
    let error: BotInError?
    /// What the cache holds of its product; nil when its pair is no product.
    let snapshot: MarketSnapshot?
    let product: Product?
    let balance: TradeBalance?
    let now: Date
    /// Who stopped it; nil when the operator log does not say.
    let stoppedBy: LedgerLogEntry?
    /// Settings that keep live workers from trading, such as `TRADING_ENABLED`.
    public var switchedOff: Set<String> = []
    /// Whether orders may be placed.
    public var orders = OrderGate()
    /// How often it is to be evaluated, milliseconds; nil when no schedule says so.
    public var everyMilliseconds: Int64?
    /// The reason code of its last execution that did nothing, and when that was decided; nil when it did something.
    public var lastSkip: (reason: String, at: Date)?

    /// The evaluation that last let an order through, and when; nil when none of the last twenty did.
    public let lastOrder: (job: JobID, at: Date)?

    /// Reads ledger and cache, and changes nothing.
    /// - Returns: nil when there is no such bot.
    /// - Throws: `LedgerError`, `ExchangeError`.
    public init?(_ id: Int, ledger: Ledger, cache: MarketDataCache, now: Date) async throws {
        guard let record = try await ledger.bot(id) else { return nil }
        self.record = record
        self.now = now
        let history = try await ledger.signalHistory(ofBot: id, limit: 20)
        newest = history.first
        lastOrder = history.first { DecisionNote($0).gate == ActionGate.Reason.allowed.rawValue }.flatMap { row in
            let job = row.jobID.flatMap { try? JobID($0).child("execution") }
            guard let job, let at = row.at else { return nil }
            return (job, at)
        }
        unsettled = try await ledger.unsettledIntents(botID: id)
        stoppedBy = Self.stop(of: id, in: (try? await ledger.operatorLog(limit: Self.mostLooked)) ?? [])
        error = record.status == .error ? try await ledger.botsInError().first { $0.id == id } : nil
        if let bot = record.bot {
            gate = try await ledger.gateRecord(of: bot, forJob: "", at: now)
        } else {
            gate = ActionGate.Record()
        }
        guard let id = ProductID(rawValue: record.pair) else {
            (snapshot, product, balance) = (nil, nil, nil)
            return
        }
        snapshot = try await cache.snapshot(id, granularity: .oneHour)
        product = try await cache.products()?.products.first { $0.id == id }
        balance = try await BalanceReading(cache: cache).balance(of: id)
    }
}

extension BotFacts {
    private static let mostLooked = 200

    /// The newest change that stopped a bot and stands; nil when it was started after that.
    /// - Parameter entries: of the operator log, the newest first.
    static func stop(of bot: Int, in entries: [LedgerLogEntry]) -> LedgerLogEntry? {
        let (start, stop, stopAll) = ("bot.start", "bot.stop", "bots.stop-all")
        let change = entries.first { entry in
            guard entry.undoneBy == nil else { return false }
            let isOfBot = entry.target.hasPrefix("bot \(bot) ")
            return entry.action == stopAll || isOfBot && [start, stop].contains(entry.action)
        }
        return change?.action == start ? nil : change
    }
}

/// What an evaluation wrote beside its score.
struct DecisionNote: Decodable, Sendable {
    var reason: String?
    var gate: String?
    var scoring: String?

    init(_ record: SignalRecord?) {
        let text = record?.metadataJSON ?? ""
        self = (try? JSONDecoder().decode(DecisionNote.self, from: Data(text.utf8))) ?? DecisionNote()
    }

    private init() {}

    enum CodingKeys: String, CodingKey { case reason, gate, scoring }
}
