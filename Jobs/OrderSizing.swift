import Exchange
import Foundation
import JobQueue
import Ledger
import Trading
import Worker

/// The size of an order: the decided size, reduced to the amount that is held, still wanted, affordable, and within the
/// caps.
struct OrderSizing: Sendable {
    enum Size {
        case order(baseSize: Amount, notional: Amount)
        /// A reason code.
        case skip(String)
    }

    let dependencies: JobDependencies
    let exchange: any ExchangeClient
    let product: Product

    /// - Parameters:
    ///   - draft: gets the balances that the size is based on.
    ///   - record: of the ledger, read before the balances.
    func size(_ draft: inout OrderPlanner.Draft, _ record: PlacementRecord) async throws -> Size {
        guard let terms = draft.terms else { return .skip("NO_SIZE") }
        guard draft.side == .sell || AccountReading.isInDollars(product.id) else {
            return .skip(OrderObjection.notInDollars.rawValue)
        }
        var accounts: [Account] = []
        if draft.side == .sell { accounts = try await exchange.accounts() }
        let decision = try decided(draft, record, accounts, terms.mid)
        guard case .order(var baseSize, _) = decision else { return skipped(decision) }
        var fee = Amount.zero
        if draft.side == .buy {
            fee = try await exchange.feeRates().taker
            accounts = try await exchange.accounts()
        }
        guard draft.side == .buy || draft.payload.rebalance != nil else { return order(baseSize, terms.mid) }
        let account = try await AccountReading(dependencies: dependencies).value(accounts)
        draft.terms?.account = account
        draft.terms?.settledOrders = record.settledOrders
        if let rebalance = draft.payload.rebalance {
            guard let wanted = try wanted(rebalance, draft, record, account), wanted.isPositive else {
                return .skip(OrderObjection.notWanted.rawValue)
            }
            baseSize = min(baseSize, wanted)
        }
        guard draft.side == .buy else { return order(baseSize, terms.mid) }
        let cash = available(product.id.quote, accounts)
        let limit = try draft.limit()
        func isAffordable(_ size: Amount) throws -> Bool {
            try limit.worth(of: size).times(Amount(1) + fee, over: Amount(1), scale: 10) <= cash
        }
        let capped = try capped(baseSize, draft, record, account)
        guard case .order(let size, _) = capped else {
            return try isAffordable(baseSize) ? capped : .skip("INSUFFICIENT_FUNDS")
        }
        guard try isAffordable(size) else { return .skip("INSUFFICIENT_FUNDS") }
        draft.terms?.worth = try limit.worth(of: size)
        return capped
    }

    /// The size from the payload or the bot, before the account is checked except for the holding of a sell.
    private func decided(
        _ draft: OrderPlanner.Draft, _ record: PlacementRecord, _ accounts: [Account], _ mid: Amount
    ) throws -> PositionSize {
        let holding = draft.side == .sell ? available(product.id.base, accounts) : .zero
        if let wanted = draft.payload.baseSize { return try given(wanted, draft.side, holding, mid) }
        guard let bot = record.bot else {
            throw JobStop.refuse(
                type: "bad-arguments", message: "Neither 'base_size' nor 'bot_id' is given. Give one of them.")
        }
        // A buy is sized at the worst price that it may pay: it never costs more than the bot's size.
        return try PositionSize.fixed(
            draft.side, notional: bot.positionSizeUSD, price: draft.side == .buy ? draft.limit() : mid,
            holding: holding, product: product,
            isThin: draft.payload.isThin ?? false)
    }

    /// The size of the payload, reduced to the holding and to the product's step.
    /// - Throws: `JobStop.refuse` for an invalid size: the next attempt would fail in the same way.
    private func given(
        _ wanted: Amount, _ side: Side, _ holding: Amount, _ mid: Amount
    ) throws -> PositionSize {
        guard wanted.isPositive, side == .sell || product.baseMaxSize.isZero || wanted <= product.baseMaxSize else {
            throw JobStop.refuse(
                type: "bad-arguments", message: "base_size is \(wanted). Use more than 0, up to \(product.baseMaxSize)."
            )
        }
        let size = try (side == .sell ? min(wanted, holding) : wanted).floored(to: product.baseIncrement)
        let value = try size.times(mid)
        guard size.isPositive else { return .skip(side == .sell ? .nothingToSell : .belowProductMinimum) }
        guard size >= product.baseMinSize, value >= product.quoteMinSize else { return .skip(.belowProductMinimum) }
        return value >= PositionSize.smallestNotional
            ? .order(baseSize: size, notional: value) : .skip(.belowSmallestOrder)
    }

    /// The amount that a rebalance would still trade with the present holding: base units; `nil` when none is left, or
    /// for the other side.
    private func wanted(
        _ rebalance: RebalanceOrigin, _ draft: OrderPlanner.Draft, _ record: PlacementRecord, _ account: AccountValue
    ) throws -> Amount? {
        guard let mid = draft.terms?.mid else { return nil }
        let holding = account.holding(product.id.base)
        let target = try RebalanceTargets.capped(
            rebalance.target, botSizes: rebalance.isCappedByBots ? record.runningSize ?? .zero : nil,
            equity: account.equity)
        let position = RebalancePosition(
            product: product.id, price: mid, baseIncrement: product.baseIncrement,
            quantity: holding?.quantity ?? .zero, target: target, minimumNotional: product.quoteMinSize)
        let other = account.cashOnHold + account.exposure - (holding?.value ?? .zero)
        let plan = try RebalancePlan(cash: account.cash, otherValue: other, positions: [position])
        return plan.orders.first { $0.side == draft.side }?.baseSize
    }

    /// A buy reduced to the room within the caps.
    private func capped(
        _ size: Amount, _ draft: OrderPlanner.Draft, _ record: PlacementRecord, _ account: AccountValue
    ) throws -> Size {
        guard let terms = draft.terms else { return .skip("NO_SIZE") }
        let room = try terms.room(account, record, product.id, draft.payload.origin)
        var size = size
        if try worth(of: size, draft) > room.worth {
            let limit = try draft.limit()
            size = try room.worth.divided(by: limit, scale: product.baseIncrement.scale)
                .floored(to: product.baseIncrement)
            let value = try terms.mid.worth(of: size)
            guard size >= product.baseMinSize, value >= max(product.quoteMinSize, PositionSize.smallestNotional)
            else { return .skip(room.reason) }
        }
        return order(size, terms.mid)
    }

    private func order(_ size: Amount, _ mid: Amount) -> Size {
        .order(baseSize: size, notional: (try? mid.worth(of: size)) ?? .zero)
    }

    private func skipped(_ size: PositionSize) -> Size {
        if case .skip(let reason) = size { return .skip(reason.rawValue) }
        return .skip("NO_SIZE")
    }

    /// The cost at the limit, without the fee.
    private func worth(of size: Amount, _ draft: OrderPlanner.Draft) throws -> Amount {
        try draft.limit().worth(of: size)
    }

    private func available(_ currency: String, _ accounts: [Account]) -> Amount {
        accounts.first { $0.currency == currency }?.available ?? .zero
    }
}
