import Exchange
import Redis
import ServiceLifecycle

/// Passes on to every socket what the workers publish of their orders.
///
/// Redis keeps nothing for those who are away: what is published while the connection is lost is not shown. The pages
/// read the same facts from the ledger at their next poll.
struct TradeFeed: Service {
    let redis: RedisClient
    let hub: TradeSocketHub

    func run() async throws {
        let subscription = redis.subscription(to: [TradeChannel.name(redis.namespace)])
        await withTaskCancellationOrGracefulShutdownHandler {
            for await event in subscription {
                guard case .message(let message) = event, let update = TradeChannel.update(message.payload) else {
                    continue
                }
                hub.send(TradeMessages.text(of: update))
            }
        } onCancelOrGracefulShutdown: {
            subscription.close()
        }
    }
}
