import GRDB
import Testing
import Trading

@testable import Ledger

@Suite struct KeptBotTests {
    private func ledger(_ scratch: Scratch) async throws -> Ledger {
        try scratch.useFixture()
        return try await scratch.open()
    }

    @Test func `a bad row never blanks the list`() async throws {
        let scratch = try Scratch()
        let ledger = try await ledger(scratch)
        let columns = [
            "name", "description", "pair", "status", "position_size_usd", "max_positions", "stop_loss_pct",
            "take_profit_pct", "confirmation_minutes", "trade_step_pct", "cooldown_minutes", "signal_config",
            "use_trend_detection", "use_position_sizing", "current_position_size", "current_position_entry_price",
            "current_combined_score", "signal_confirmation_start", "created_at", "updated_at",
        ]
        for column in columns {
            for value in ["NULL", "'text'", "x'00ff'", "9e999", "-9223372036854775808", "''"] {
                try scratch.raw { try $0.execute(sql: "UPDATE bots SET \(column) = \(value) WHERE id = 7") }
                let bots = try await ledger.keptBots()
                #expect(bots.count == 39 && bots[6].id == 7, "\(column) = \(value)")
                #expect(bots[6].positionSizeUSD.isFinite && bots[6].currentCombinedScore.isFinite)
                #expect(try await ledger.keptBot(7) == bots[6])
            }
        }
    }

    @Test func `what is zero is shown as zero, and null as the default`() async throws {
        let scratch = try Scratch()
        let ledger = try await ledger(scratch)
        try scratch.raw {
            try $0.execute(
                sql: """
                    UPDATE bots SET confirmation_minutes = 0, trade_step_pct = 0, cooldown_minutes = 0 WHERE id = 1;
                    INSERT INTO bots (id) VALUES (50);
                    """)
        }
        let zero = try #require(try await ledger.keptBot(1))
        #expect(zero.confirmationMinutes == 0 && zero.tradeStepPct == 0 && zero.cooldownMinutes == 0)
        let null = try #require(try await ledger.keptBot(50))
        #expect(null.positionSizeUSD == 100 && null.maxPositions == 5 && null.cooldownMinutes == 15)
        #expect(null.status == .stopped && null.usesTrendDetection == nil && null.fault == nil)
    }

    @Test func `an edit that changes nothing writes nothing`() async throws {
        let scratch = try Scratch()
        let ledger = try await ledger(scratch)
        let before = try #require(try await ledger.keptBot(4))
        let change = try await ledger.editBot(4) { bot in
            var edit = BotEdit()
            edit.positionSizeUSD = bot.positionSizeUSD
            edit.name = bot.name
            return edit
        }
        #expect(change == .unchanged(before))
        #expect(try await ledger.editBot(999) { _ in BotEdit() } == .noSuchBot)
    }

    @Test func `two bots that are made at once do not get one name`() async throws {
        let scratch = try Scratch()
        let ledger = try await ledger(scratch)
        let changes = try await withThrowingTaskGroup(of: BotChange.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    var bot = BotEdit()
                    bot.name = "the same"
                    return try await ledger.createBot(bot)
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(changes.count { $0 == .nameTaken } == 7)
        #expect(try await ledger.keptBots().count == 40)
    }

    @Test func `a deleted bot leaves its rows to nobody, and nothing of its fault`() async throws {
        let scratch = try Scratch()
        let ledger = try await ledger(scratch)
        let bot = try #require(try await ledger.bot(1))
        #expect(try await ledger.setAside(bot, because: "not listed"))
        #expect(try await ledger.deleteBot(1)?.name == "BTC-USD Bot")
        #expect(try await ledger.deleteBot(1) == nil)
        let left = try scratch.raw { db in
            try ["bot_signal_history", "trades", "adaptive_signal_weights", "bot_faults"].map {
                try Int.fetchOne(db, sql: "SELECT count(*) FROM \($0) WHERE bot_id = 1")
            }
        }
        #expect(left == [0, 0, 0, 0])
        #expect(try await ledger.loggedErrors(botID: 1, limit: 5).count == 1)
    }
}
