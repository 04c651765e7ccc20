import Foundation
import Testing
import Trading

@Suite struct ActionGateTests {
    static let now = Date(timeIntervalSince1970: 1_700_000_000)

    static func bot() throws -> Bot {
        Bot(id: 1, name: "BTC bot", product: try ProductID("BTC-USD"), status: .running)
    }

    static func ruling(
        _ record: ActionGate.Record, action: Action = .buy, at price: Amount = Amount(100), bot: Bot? = nil
    ) throws -> ActionGate.Ruling {
        ActionGate(try bot ?? Self.bot()).ruling(on: action, at: price, record: record, now: now)
    }

    /// An action that has persisted long enough.
    static func confirmed(_ action: Action = .buy) -> ActionGate.Record {
        ActionGate.Record(previousAction: action, confirmationStart: now - 300)
    }

    @Test func `a new action starts the clock and is not traded`() throws {
        let ruling = try Self.ruling(ActionGate.Record())
        #expect(ruling.reason == .confirming && ruling.confirmationStart == Self.now && !ruling.isAllowed)
    }

    @Test func `an action that persisted is traded, and the next needs its own confirmation`() throws {
        let early = ActionGate.Record(previousAction: .buy, confirmationStart: Self.now - 299)
        #expect(try Self.ruling(early).reason == .confirming)
        #expect(try Self.ruling(early).confirmationStart == Self.now - 299)
        let ruling = try Self.ruling(Self.confirmed())
        #expect(ruling.isAllowed && ruling.confirmationStart == nil)
    }

    @Test func `a different action, an unknown one or a start in the future restarts the clock`() throws {
        for record in [
            Self.confirmed(.sell), Self.confirmed(.hold),
            ActionGate.Record(previousAction: nil, confirmationStart: Self.now - 900),
            ActionGate.Record(previousAction: .buy, confirmationStart: Self.now + 10),
        ] {
            let ruling = try Self.ruling(record)
            #expect(ruling.reason == .confirming && ruling.confirmationStart == Self.now)
        }
    }

    @Test func `under legacy scoring only another action restarts the clock`() throws {
        let gate = ActionGate(try Self.bot(), scoring: .legacy)
        for (previous, start) in [
            (nil, Self.now - 90), (.buy, Self.now - 90), (.sell, Self.now), (.hold, Self.now),
        ] as [(Action?, Date)] {
            let record = ActionGate.Record(previousAction: previous, confirmationStart: Self.now - 90)
            let ruling = gate.ruling(on: .buy, at: Amount(100), record: record, now: Self.now)
            #expect(ruling.reason == .confirming && ruling.confirmationStart == start)
        }
        let future = ActionGate.Record(confirmationStart: Self.now + 10)
        #expect(
            gate.ruling(on: .buy, at: Amount(100), record: future, now: Self.now).confirmationStart == Self.now)
    }

    @Test func `hold stops the clock`() throws {
        let ruling = try Self.ruling(Self.confirmed(.hold), action: .hold)
        #expect(ruling.reason == .hold && ruling.confirmationStart == nil)
    }

    @Test func `no confirmation minutes means at once`() throws {
        var bot = try Self.bot()
        for minutes in [0, -5] {
            bot.confirmationMinutes = minutes
            #expect(try Self.ruling(ActionGate.Record(), bot: bot).isAllowed)
        }
    }

    @Test func `a bot that does not run trades nothing`() throws {
        var bot = try Self.bot()
        for status in [BotStatus.stopped, .error] {
            bot.status = status
            #expect(try Self.ruling(Self.confirmed(), bot: bot).reason == .botNotRunning)
        }
    }

    @Test func `after a fill the bot cools down, also when the fill lies in the future`() throws {
        var record = Self.confirmed()
        for (age, reason) in [(899.0, ActionGate.Reason.coolingDown), (-60, .coolingDown), (900, .allowed)] {
            record.lastFillAt = Self.now - age
            #expect(try Self.ruling(record).reason == reason)
        }
        var bot = try Self.bot()
        bot.cooldownMinutes = 0
        record.lastFillAt = Self.now
        #expect(try Self.ruling(record, bot: bot).isAllowed)
    }

    @Test func `an order on its way blocks another`() throws {
        var record = Self.confirmed()
        record.hasOpenOrder = true
        let ruling = try Self.ruling(record)
        #expect(ruling.reason == .openOrder && ruling.confirmationStart == record.confirmationStart)
    }

    @Test(arguments: [
        ("0.1", "0.102", true), ("0.1", "0.098", true), ("0.1", "0.1019999", false), ("0.1", "0.0980001", false),
        ("100", "100", false), ("0.00000051", "0.0000005202", true),
    ])
    func `the price must have moved by the step, exactly`(last: String, price: String, isAllowed: Bool) throws {
        var record = Self.confirmed()
        record.lastTradePrice = try Amount(last)
        let ruling = try Self.ruling(record, at: Amount(price))
        #expect(ruling.isAllowed == isAllowed && (isAllowed || ruling.reason == .priceStep))
    }

    @Test func `prices and steps that cannot be compared block`() throws {
        var record = Self.confirmed()
        #expect(try Self.ruling(record, at: .zero).reason == .priceUnusable)
        record.lastTradePrice = .zero
        #expect(try Self.ruling(record).reason == .priceUnusable)
        var bot = try Self.bot()
        bot.tradeStepPct = .nan
        #expect(try Self.ruling(Self.confirmed(), bot: bot).reason == .priceUnusable)
        bot.tradeStepPct = 1e300
        record.lastTradePrice = Amount(100)
        #expect(try Self.ruling(record, bot: bot).reason == .priceUnusable)
    }
}
