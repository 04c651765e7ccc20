import Exchange
import Foundation
import Ledger
import Trading

/// Wanted shares of equity.
enum RebalanceTargets {
    private static let share = InverseVolatility.weightScale

    /// A share reduced to the product cap and, where they apply, to the sizes of the product's bots.
    static func capped(_ target: Amount, botSizes: Amount?, equity: Amount) throws -> Amount {
        var target = min(target, ExposureCaps().perProduct)
        if let botSizes {
            target = min(target, equity.isPositive ? try botSizes.divided(by: equity, scale: share) : .zero)
        }
        return target
    }
}

/// Compares the account with its targets, line by line. Pure.
struct RebalanceSheet {
    let terms: RebalanceTerms
    let account: AccountValue
    let market: RebalanceMarket
    let busy: Set<ProductID>
    let bots: [ProductID: BotGroup]

    /// The proposal with its report, and its orders unless data is lacking.
    func filled(_ proposal: RebalanceProposal) throws -> RebalanceProposal {
        var proposal = proposal
        (proposal.report.equity, proposal.report.cash) = (account.equity, account.cash)
        let isKnown = try Amount(proposal.fresh) >= terms.freshShare.times(Amount(proposal.needed))
        if isKnown { proposal.targets = try targets() }
        let positions = try self.positions(proposal.targets)
        proposal.report.positions = try lines(positions, proposal)
        guard isKnown else {
            proposal.report.skipped = RebalanceObstacle.staleData.rawValue
            proposal.report.reason = lackingReason
            return proposal
        }
        guard !market.entries.isEmpty else {
            proposal.report.skipped = RebalanceObstacle.noTargets.rawValue
            proposal.report.reason = "No running bot has a product that can be traded now. See the notes of positions."
            return proposal
        }
        let other = positions.reduce(account.cashOnHold + account.exposure) { rest, position in
            rest - (account.holding(position.product.base)?.value ?? .zero)
        }
        proposal.plan = try RebalancePlan(cash: account.cash, otherValue: other, positions: positions)
        return proposal
    }

    private var lackingReason: String {
        let products = market.lacking.sorted { $0.key < $1.key }
        let shown = products.prefix(5).map { "\($0.key): \($0.value)" }.joined(separator: "; ")
        let rest = products.count > 5 ? "; and \(products.count - 5) more" : ""
        return "No fresh data of \(products.count) that are held or targeted (\(shown)\(rest)). "
            + "Nothing is ordered until there is; see that cache-refresh runs."
    }

    /// A target that cannot be traded now keeps its share as cash: the others do not get it.
    private func targets() throws -> [ProductID: Amount] {
        guard !market.entries.isEmpty else { return [:] }
        let part = try terms.gross.times(Amount(market.entries.count), over: Amount(bots.count), scale: 12)
        let weights = InverseVolatility.weights(volatilities: market.entries.map(\.volatility))
        var targets: [ProductID: Amount] = [:]
        for (entry, weight) in zip(market.entries, weights) {
            targets[entry.product.id] = try InverseVolatility.amount(ofWeight: weight)
                .times(part, over: Amount(1), scale: InverseVolatility.weightScale)
        }
        return targets
    }

    /// The positions that take part: without products that have an undecided order, since their holding is not known.
    private func positions(_ targets: [ProductID: Amount]) throws -> [RebalancePosition] {
        try market.entries.filter { targets[$0.product.id] != nil && !busy.contains($0.product.id) }.map { entry in
            let id = entry.product.id
            let target = try RebalanceTargets.capped(
                targets[id] ?? .zero, botSizes: terms.isCappedByBots ? bots[id]?.size ?? .zero : nil,
                equity: account.equity)
            return RebalancePosition(
                product: id, price: entry.mid, baseIncrement: entry.product.baseIncrement,
                quantity: account.holding(id.base)?.quantity ?? .zero, target: target,
                minimumNotional: entry.product.quoteMinSize)
        }
    }

    /// One line for each target, and for each holding beside them.
    private func lines(
        _ positions: [RebalancePosition], _ proposal: RebalanceProposal
    ) throws -> [RebalanceReport.Position] {
        let planned = Dictionary(positions.map { ($0.product.rawValue, $0) }, uniquingKeysWith: { $1 })
        var names = Set(bots.keys.map(\.rawValue))
        for holding in account.holdings { names.insert("\(holding.currency)-\(AccountReading.cash)") }
        return try names.sorted().map { name in try line(name, planned[name], proposal) }
    }

    private func line(
        _ name: String, _ position: RebalancePosition?, _ proposal: RebalanceProposal
    ) throws -> RebalanceReport.Position {
        let id = ProductID(rawValue: name)
        let currency = name.hasSuffix("-\(AccountReading.cash)") ? String(name.dropLast(4)) : id?.base ?? name
        let holding = account.holding(currency)
        let value = holding?.value ?? .zero
        let equity = account.equity
        return RebalanceReport.Position(
            product: name, bot: id.flatMap { bots[$0]?.first.id }, quantity: holding?.quantity ?? .zero,
            price: holding?.price ?? position?.price, basis: holding?.basis.rawValue, value: value,
            weight: equity.isPositive ? try value.divided(by: equity, scale: InverseVolatility.weightScale) : nil,
            target: position?.target, band: try position.map { try RebalanceRules().band(around: $0.target) },
            botSize: terms.isCappedByBots ? id.flatMap { bots[$0]?.size } : nil, note: note(id))
    }

    private func note(_ id: ProductID?) -> String? {
        guard let id else { return RebalanceObstacle.notListed.rawValue }
        if let lacking = market.lacking[id] { return lacking }
        if let obstacle = market.excluded[id] { return obstacle.rawValue }
        if busy.contains(id) { return RebalanceObstacle.openOrder.rawValue }
        return bots[id] == nil ? RebalanceObstacle.noRunningBot.rawValue : nil
    }
}
