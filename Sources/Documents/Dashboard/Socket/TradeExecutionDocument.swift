/// One step of an order, as the dashboard's socket shows it.
public struct TradeExecutionDocument: Encodable, Sendable {
    /// What was done; which fields are there depends on the step.
    public struct Details: Encodable, Sendable {
        /// What the page shows of a finished order; numbers.
        public struct Execution: Encodable, Sendable {
            let side: String
            let amount, price: Double
            let orderID: String

            /// - Parameters:
            ///   - amount: USD.
            ///   - price: average price of the fills.
            public init(side: String, amount: Double, price: Double, orderID: String) {
                self.side = side
                self.amount = amount
                self.price = price
                self.orderID = orderID
            }

            enum CodingKeys: String, CodingKey {
                case side, amount, price
                case orderID = "order_id"
            }
        }

        /// `trade_starting`, `order_placing`, `order_pending`, `order_placed`, `recording_trade`, `trade_completed` or
        /// `trade_failed`.
        public var stage = ""
        /// Null for an order of the portfolio.
        @OrNull public var botID: Int?
        /// Row of `trades`; left out before there is one.
        public var tradeID: Int?
        /// Left out but in the first step.
        public var botName: String?
        public var productID: String?
        public var side: String?
        public var size: Double?
        public var sizeUSD: Double?
        public var orderID: String?
        /// `starting`, `placing_order`, `pending`, `order_placed`, `recording`, `completed` or `failed`.
        public var status = ""
        /// For people.
        public var message = ""
        public var error: String?
        public var execution: Execution?

        /// Empty; set what the step has.
        public init() {}

        enum CodingKeys: String, CodingKey {
            case stage
            case botID = "bot_id"
            case tradeID = "trade_id"
            case botName = "bot_name"
            case productID = "product_id"
            case side, size
            case sizeUSD = "size_usd"
            case orderID = "order_id"
            case status, message, error
            case execution = "execution_details"
        }
    }

    let type = "trade_execution_update"
    let data: Details
    let timestamp: NaiveTime

    /// - Parameter timestamp: when the step was done.
    public init(_ data: Details, timestamp: NaiveTime) {
        self.data = data
        self.timestamp = timestamp
    }

    enum CodingKeys: String, CodingKey { case type, data, timestamp }
}
