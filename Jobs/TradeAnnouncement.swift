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
    ///   - filled: what was filled; nil for what was meant.
    ///   - reason: of a failure.
    func tell(
        _ stage: TradeUpdate.Stage, orderID: String? = nil, filled: FilledOrder? = nil, reason: String? = nil
    ) async {
        let intent = record.intent
        let size = filled?.filledSize ?? intent.baseSize
        let price = filled?.averagePrice ?? intent.limitPrice ?? .zero
        let usd = filled?.notional ?? ((try? size.times(price)) ?? .zero)
        let update = TradeUpdate(
            stage: stage, botID: record.botID, botName: stage == .starting ? await botName() : nil,
            side: intent.side.rawValue, product: intent.product.rawValue, size: size.description,
            usd: usd.description, price: price.description, orderID: orderID, reason: reason,
            at: Int64(dependencies.now().timeIntervalSince1970 * 1_000))
        do {
            try await TradeChannel.publish(update, on: dependencies.broker.redis)
        } catch {
            context.logger.debug("the step \(stage.rawValue) was not published: \(error)")
        }
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
