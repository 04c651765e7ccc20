import Exchange
import Foundation
import JobQueue
import Ledger
import Logging
import Trading
import Worker

/// Publishes what becomes of an order, for open dashboards. The order does not depend on it.
struct TradeAnnouncement: Sendable {
    let dependencies: JobDependencies
    let record: IntentRecord
    let context: JobContext

    /// - Parameters:
    ///   - trade: row of `trades`, once there is one.
    ///   - filled: what was filled; nil for what was meant.
    ///   - reason: of a failure.
    func tell(
        _ stage: TradeUpdate.Stage, orderID: String? = nil, trade: Int? = nil, filled: FilledOrder? = nil,
        reason: String? = nil
    ) async {
        let intent = record.intent
        let size = filled?.filledSize ?? intent.baseSize
        let price = filled?.averagePrice ?? intent.limitPrice ?? .zero
        let usd = filled?.notional ?? ((try? size.times(price)) ?? .zero)
        let update = TradeUpdate(
            stage: stage, botID: record.botID, botName: stage == .starting ? await botName() : nil,
            side: intent.side.rawValue, product: intent.product.rawValue, size: size.description,
            usd: usd.description, price: price.description, orderID: orderID, tradeID: trade, reason: reason,
            at: Int64(dependencies.now().timeIntervalSince1970 * 1_000))
        await dependencies.publish(update, context)
    }

    private func botName() async -> String? {
        guard let bot = record.botID else { return nil }
        do {
            return try await dependencies.ledger.bot(bot)?.name
        } catch {
            context.logger.debug("the bot's name could not be read: \(error)")
            return nil
        }
    }
}

/// Publishes that the recorded status of an order has become another one, for open dashboards.
struct StatusAnnouncement: Sendable {
    let dependencies: JobDependencies
    let context: JobContext

    /// Says nothing of an order that is recorded for the first time, or whose status is what it was.
    func tell(_ order: ExchangeOrder, _ filled: FilledOrder) async {
        guard let old = filled.previousStatus, old != filled.status else { return }
        let ordered = order.configuration
        let hasFills = filled.filledSize.isPositive
        let size = hasFills ? filled.filledSize : ordered.baseSize ?? .zero
        let price = filled.averagePrice ?? ordered.limitPrice ?? .zero
        let usd = hasFills ? filled.notional : (try? size.times(price)) ?? .zero
        var update = TradeUpdate(
            stage: .changed, botID: filled.trade.botID, botName: nil, side: order.side.rawValue,
            product: order.product.rawValue, size: size.description, usd: usd.description, price: price.description,
            orderID: order.orderID, tradeID: filled.tradeID,
            at: Int64(dependencies.now().timeIntervalSince1970 * 1_000))
        (update.oldStatus, update.newStatus) = (old.rawValue, filled.status.rawValue)
        update.filledAt = filled.trade.filledAt.map { Int64($0.timeIntervalSince1970 * 1_000) }
        await dependencies.publish(update, context)
    }
}

extension JobDependencies {
    /// A failure is logged alone: the order does not depend on what dashboards show.
    fileprivate func publish(_ update: TradeUpdate, _ context: JobContext) async {
        do {
            try await TradeChannel.publish(update, on: broker.redis)
        } catch {
            context.logger.debug("the step \(update.stage.rawValue) was not published: \(error)")
        }
    }
}
