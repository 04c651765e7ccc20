import Foundation
import Trading

/// A bot that a bench starts with.
struct BotSeed {
    /// Always BUY, always SELL: every score is beyond the thresholds.
    static let buys =
        #"{"rsi": {"enabled": true, "weight": 1}, "trading_thresholds": {"buy_threshold": 2, "sell_threshold": 3}}"#
    static let sells =
        #"{"rsi": {"enabled": true, "weight": 1}, "trading_thresholds": {"buy_threshold": -3, "sell_threshold": -2}}"#

    var id: Int
    var product: String
    var config: String
    var status: BotStatus
    var sizeUSD: Double

    init(
        _ id: Int, _ product: String, config: String = BotSeed.buys, status: BotStatus = .running, sizeUSD: Double = 100
    ) {
        self.id = id
        self.product = product
        self.config = config
        self.status = status
        self.sizeUSD = sizeUSD
    }

    /// In the form of the demo's bots: 5 minutes of confirmation, 15 of cooldown, steps of 2 %.
    static func json(_ bots: [BotSeed]) throws -> Data {
        let rows: [[String: Any]] = bots.map { bot in
            [
                "id": bot.id, "name": "bot \(bot.id)", "pair": bot.product, "status": bot.status.rawValue,
                "position_size_usd": bot.sizeUSD, "max_positions": 5, "stop_loss_pct": 5.0, "take_profit_pct": 10.0,
                "confirmation_minutes": 5, "trade_step_pct": 2.0, "cooldown_minutes": 15, "signal_config": bot.config,
            ]
        }
        return try JSONSerialization.data(withJSONObject: ["bots": rows])
    }
}
