import Documents
import Exchange
import Ledger
import Trading

/// Makes bots for pairs by their scores.
struct AutomaticBots: Sendable {
    private let ledger: Ledger
    private let reading: MarketReading
    private let log: DashboardOperator

    /// So many pairs, those with the greatest volume, are looked at.
    private static let scanned = 100

    init(_ dependencies: DashboardDependencies) {
        ledger = dependencies.ledger
        reading = MarketReading(dependencies)
        log = dependencies.operatorLog
    }

    /// Makes a bot for one pair.
    /// - Throws: `DashboardError`: `notFound` for a pair without a score, `badRequest` for one that has a bot or that
    ///   no bot should be made for.
    func create(for name: String) async throws -> CreatedBotDocument {
        guard let score = try await reading.scan()?.scores.first(where: { $0.product.rawValue == name }) else {
            throw DashboardError.notFound("Product \(name) not found")
        }
        guard try await !ledger.bots().contains(where: { $0.pair == name }) else {
            throw DashboardError.badRequest("\(name) has a bot already")
        }
        guard score.total >= PairScore.good else {
            throw DashboardError.badRequest(
                "\(name) scores \((score.total * 10).rounded() / 10); a bot is made from \(PairScore.good) on")
        }
        guard let bot = try await create(score) else {
            throw DashboardError.badRequest("A bot is called \(AutomaticBot(score).name) already")
        }
        return bot
    }

    /// Makes bots for the best pairs that have none.
    /// - Parameters:
    ///   - most: how many at most.
    ///   - least: the score that a pair must reach.
    func create(most: Int, from least: Double) async throws -> CreatedBotsDocument {
        let taken = Set(try await ledger.bots().map(\.pair))
        let ranking = PairRanking(
            try await reading.scan()?.scores ?? [], excluding: taken, limit: Self.scanned)
        let qualified = ranking.candidates(from: least)
        var bots: [CreatedBotDocument] = []
        for score in qualified where bots.count < most {
            if let bot = try await create(score) { bots.append(bot) }
        }
        return CreatedBotsDocument(
            analyzed: ranking.candidates.count, qualified: qualified.count, bots: bots, threshold: least)
    }

    /// - Returns: nil when another bot has the name.
    private func create(_ score: PairScore) async throws -> CreatedBotDocument? {
        let bot = AutomaticBot(score)
        let note = log.bots("bot.create")
        guard case .changed(_, let made) = try await ledger.createBot(BotEdit(bot), noting: note) else { return nil }
        return CreatedBotDocument(
            id: made.id, name: bot.name, product: bot.product.rawValue, PairScoreDocument(score))
    }
}

extension BotEdit {
    fileprivate init(_ bot: AutomaticBot) {
        self.init()
        name = bot.name
        note = bot.note
        pair = bot.product.rawValue
        status = .stopped
        positionSizeUSD = bot.positionSizeUSD
        maxPositions = bot.maxPositions
        stopLossPct = bot.stopLossPct
        takeProfitPct = bot.takeProfitPct
        confirmationMinutes = bot.confirmationMinutes
        tradeStepPct = bot.tradeStepPct
        cooldownMinutes = bot.cooldownMinutes
        signalConfig = bot.signalConfig
        usesTrendDetection = bot.usesIntelligence
        usesPositionSizing = bot.usesIntelligence
    }
}
