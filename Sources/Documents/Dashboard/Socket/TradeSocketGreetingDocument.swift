/// The first message on a socket, and the answer to a ping.
public struct TradeSocketGreetingDocument: Encodable, Sendable {
    let type: String
    let message: String?
    let timestamp: NaiveTime

    /// - Parameters:
    ///   - type: `trade_connection_established` or `pong`.
    ///   - message: left out when it is nil.
    public init(type: String, message: String?, timestamp: NaiveTime) {
        self.type = type
        self.message = message
        self.timestamp = timestamp
    }
}
