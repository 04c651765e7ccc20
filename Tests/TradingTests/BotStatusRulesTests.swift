import Foundation
import Testing

@testable import Trading

/// What pages say of cooldown, confirmation, readiness and balance.
@Suite struct BotStatusRulesTests {
    private let now = Date(timeIntervalSince1970: 1_759_579_200)

    @Test(arguments: [(0.0, 15), (60, 14), (61, 14), (119, 14), (840, 1), (899, 1), (900, 0), (1e12, 0), (-30, 15)])
    func `a cooldown counts begun minutes`(_ elapsed: Double, _ remaining: Int) {
        let cooldown = Cooldown(minutes: 15, since: now - elapsed, now: now)
        #expect(cooldown.remainingMinutes == remaining && cooldown.isActive == (remaining > 0))
        #expect(!Cooldown(minutes: 15, since: nil, now: now).isActive)
    }

    private func confirmation(
        _ action: Action, _ elapsed: Double?, isAllowed: Bool = false, isCoolingDown: Bool = false
    ) -> ConfirmationProgress {
        ConfirmationProgress(
            of: action, since: elapsed.map { now - $0 }, minutes: 10, isAllowed: isAllowed,
            isCoolingDown: isCoolingDown, now: now)
    }

    @Test func `a confirmation goes from its start to its minutes`() {
        let begun = confirmation(.sell, 30)
        #expect(begun.isActive && begun.action == .sell && begun.progress == 0.05 && begun.remainingSeconds == 570)
        #expect(begun.startedAt == now - 30 && !begun.isConfirmed)
        let done = confirmation(.buy, 700)
        #expect(!done.isActive && done.isConfirmed && done.progress == 1 && done.remainingSeconds == 0)
        let unknown = confirmation(.buy, nil)
        #expect(unknown.isActive && unknown.progress == 0 && unknown.remainingSeconds == 600)
        #expect(confirmation(.buy, nil, isAllowed: true).isConfirmed)
    }

    @Test func `nothing is confirmed while a bot holds or cools down`() {
        let hold = confirmation(.hold, 30)
        #expect(!hold.isActive && hold.action == nil && !hold.isSuspended && hold.startedAt == nil)
        let cooling = confirmation(.buy, 30, isCoolingDown: true)
        #expect(!cooling.isActive && cooling.isSuspended && cooling.progress == 0 && cooling.startedAt == nil)
    }

    private func readiness(
        _ action: Action = .buy, isRunning: Bool = true, isCoolingDown: Bool = false, balance: String? = nil,
        step: String? = nil, isConfirmed: Bool = true
    ) -> TradeReadiness {
        TradeReadiness(
            of: action, isRunning: isRunning, isCoolingDown: isCoolingDown, balanceProblem: balance,
            priceStepProblem: step, isConfirmed: isConfirmed)
    }

    @Test func `the first thing that stands against a trade is named`() {
        let all = readiness(
            isRunning: false, isCoolingDown: true, balance: "none", step: "step", isConfirmed: false)
        #expect(all.status == .coolingDown && all.blockingReason == "cooldown" && !all.canTrade)
        #expect(readiness(isRunning: false, balance: "none").status == .stopped)
        let poor = readiness(balance: "none", step: "step", isConfirmed: false)
        #expect(poor.status == .blocked && poor.blockingReason == "insufficient_balance: none")
        #expect(readiness(step: "step", isConfirmed: false).blockingReason == "step")
        #expect(readiness(isConfirmed: false).blockingReason == "awaiting_confirmation")
        let ready = readiness()
        #expect(ready.status == .ready && ready.canTrade && ready.blockingReason == nil)
    }

    @Test func `a bot that holds has no signal, and could trade unless it is stopped or cools down`() {
        let hold = readiness(.hold, balance: "none", step: "step", isConfirmed: false)
        #expect(hold.status == .noSignal && hold.canTrade && hold.blockingReason == nil)
        #expect(!readiness(.hold, isRunning: false).canTrade)
        let cooling = readiness(.hold, isCoolingDown: true)
        #expect(cooling.status == .noSignal && !cooling.canTrade && cooling.blockingReason == nil)
    }

    @Test func `balances say what they lack`() throws {
        let product = try ProductID("AERO-USD")
        let balance = TradeBalance(of: product, base: .zero, quote: Amount(10))
        let (size, price) = (Amount(20), try Amount("1.1134498"))
        #expect(
            balance.problem(.sell, size: size, price: price)
                == "Insufficient AERO balance: 0.00000000 available, 17.96219282 required ($20.00 USD)")
        #expect(
            balance.problem(.buy, size: size, price: price)
                == "Insufficient USD balance: 10.00 available, 20.00 required ($20.00 USD)")
        #expect(balance.problem(.sell, size: size, price: nil) == nil)
        let rich = TradeBalance(of: product, base: Amount(100), quote: Amount(20))
        #expect(rich.problem(.buy, size: size, price: price) == nil)
        #expect(rich.problem(.sell, size: size, price: price) == nil)
        #expect(rich.summary(size: size, price: price).message == "✅ Sufficient balance for trading")
        #expect(rich.summary(size: size, price: price).isSufficient)
        let half = TradeBalance(of: product, base: .zero, quote: Amount(20)).summary(size: size, price: price)
        #expect(!half.isSufficient && half.message.hasPrefix("⚠️ Cannot sell: Insufficient AERO balance: "))
    }

    @Test(arguments: [
        ("BTC-USD", "4.99", "0.000009", true), ("BTC-USD", "5", "0", false), ("BTC-USD", "0", "0.00001", false),
        ("DOGE-USD", "0", "0.99", true), ("XTZ-USD", "0", "0.001", false), ("SUI-USD", "0", "0.0999", true),
    ])
    func `an account is spent when it can neither buy nor sell`(
        _ product: String, _ quote: String, _ base: String, _ isSpent: Bool
    ) throws {
        let balance = TradeBalance(of: try ProductID(product), base: try Amount(base), quote: try Amount(quote))
        #expect(balance.isSpent == isSpent)
    }
}
