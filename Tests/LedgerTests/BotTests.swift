import Foundation
import GRDB
import Testing
import Trading

@testable import Ledger

@Suite struct BotTests {
    @Test func `a fresh ledger is seeded once with the 39 demo bots`() async throws {
        let scratch = try Scratch()
        let ledger = try await scratch.open()
        let json = try Data(contentsOf: URL(filePath: demoBots))
        #expect(try await ledger.seedDemoBots(json: json) == 39)
        #expect(try await ledger.seedDemoBots(json: json) == 0)
        let bots = try await ledger.runningBots().compactMap(\.bot)
        #expect(bots.count == 39)
        #expect(bots[0].product == bitcoin && bots[0].positionSizeUSD == Amount(100))
        #expect(bots[0].signalConfig.hasPrefix("{\"rsi\": {\"enabled\": true"))
        #expect(
            try scratch.raw { try String.fetchOne($0, sql: "SELECT created_at FROM bots") }
                == "2025-10-04 12:00:00.000000")
    }

    @Test func `seeding adds nothing beside other bots, and refuses nonsense`() async throws {
        let scratch = try Scratch()
        try scratch.useFixture()
        let ledger = try await scratch.open()
        #expect(try await ledger.seedDemoBots(json: Data(contentsOf: URL(filePath: demoBots))) == 0)
        await #expect(throws: LedgerError.self) { try await ledger.seedDemoBots(json: Data("{}".utf8)) }
    }

    @Test func `a row of nulls reads as a stopped bot with the application's defaults`() async throws {
        let scratch = try Scratch()
        let ledger = try await scratch.open()
        try scratch.raw { try $0.execute(sql: "INSERT INTO bots (id) VALUES (7)") }
        let bot = try #require(try await ledger.bot(7))
        #expect(bot.status == .stopped && bot.bot == nil)
        #expect(bot.positionSizeUSD == Amount(100) && bot.maxPositions == 5)
        #expect(bot.confirmationMinutes == 5 && bot.tradeStepPct == 2 && bot.cooldownMinutes == 15)
        #expect(bot.createdAt != nil && bot.updatedAt == nil)
    }

    @Test func `a cell with nonsense does not make the row unreadable, nor buy anything`() async throws {
        let scratch = try Scratch()
        let ledger = try await scratch.open()
        try scratch.raw {
            try $0.execute(
                sql: """
                    INSERT INTO bots (id, pair, status, position_size_usd, confirmation_minutes, current_combined_score,
                        signal_confirmation_start, updated_at, cooldown_minutes)
                    VALUES (1, 'ETH-USD', 'RUNNING', 'lots', 0, x'00ff', 'yesterday', '2025-10-04T12:00:00Z', 1e300)
                    """)
        }
        let bot = try #require(try await ledger.runningBots().first)
        #expect(bot.positionSizeUSD == .zero && bot.confirmationMinutes == 5 && bot.currentCombinedScore == 0)
        #expect(bot.confirmationStart == nil && bot.updatedAt == noon && bot.cooldownMinutes == 15)
        #expect(bot.bot == nil)
        #expect(bot.fault?.description.contains("bots.position_size_usd: it holds the text 'lots'") == true)
    }

    @Test func `a bot with a bad configuration goes to ERROR with one reason`() async throws {
        let scratch = try Scratch()
        try scratch.useFixture()
        let ledger = try await scratch.open()
        for _ in 0..<2 { try await ledger.markBotError(1, reason: "rsi.period is 0") }
        #expect(try await ledger.bot(1)?.status == .error)
        let logged = try await ledger.loggedErrors(botID: 1, limit: 10)
        #expect(logged.map(\.entry.message) == ["rsi.period is 0"])
        #expect(logged.first?.at == noon)
        await #expect(throws: LedgerError.noSuchBot(id: 999)) { try await ledger.markBotError(999, reason: "x") }
        try await ledger.setStatus(.running, ofBot: 1)
        #expect(try await ledger.bot(1)?.status == .running)
    }

    @Test func `notifications and errors with a key are added once`() async throws {
        let ledger: Ledger
        let scratch = try Scratch()
        ledger = try await scratch.open()
        for _ in 0..<2 {
            try await ledger.addNotification(key: "order-1", type: "trade_alert", title: "t", message: "m")
            try await ledger.logError(ErrorEntry(key: "k", source: "s", type: "t", message: "m"))
            try await ledger.addNotification(type: "system_alert", title: "t", message: "m", priority: "high")
        }
        #expect(try await ledger.notifications(limit: 10, unreadOnly: true).count == 3)
        #expect(try await ledger.loggedErrors(limit: 10).count == 1)
    }
}
