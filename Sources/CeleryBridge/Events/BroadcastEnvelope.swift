import Foundation

/// The envelope of events and control replies, as kombu writes it.
struct BroadcastEnvelope {
    let body: [UInt8]
    let headers: WireObject
    let exchange: String
    let routingKey: String
    /// Different in each message; nobody looks it up.
    let deliveryTag: String

    init(body: [UInt8], headers: WireObject, exchange: String, routingKey: String) {
        self.body = body
        self.headers = headers
        self.exchange = exchange
        self.routingKey = routingKey
        deliveryTag = UUID().uuidString.lowercased()
    }

    /// The message as it is published or pushed.
    var json: [UInt8] {
        var writer = WireWriter(capacity: body.count * 4 / 3 + 512)
        writer.raw("{\"body\": \"")
        writer.raw(Base64.encode(body))
        writer.raw("\", \"content-encoding\": \"utf-8\", \"content-type\": \"application/json\", \"headers\": ")
        writer.value(.object(headers))
        writer.raw(", \"properties\": {\"delivery_mode\": 1, \"delivery_info\": {\"exchange\": ")
        writer.text(exchange)
        writer.raw(", \"routing_key\": ")
        writer.text(routingKey)
        writer.raw("}, \"priority\": 0, \"body_encoding\": \"base64\", \"delivery_tag\": ")
        writer.text(deliveryTag)
        writer.raw("}}")
        return writer.bytes
    }
}
