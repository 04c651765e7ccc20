import Documents

/// What a request is answered with.
struct Answer: Sendable, Equatable {
    var status: Int
    var contentType: String
    var body: [UInt8]
    /// Of the body; computed once for an answer that many get.
    var tag: String?

    /// A document as JSON.
    static func document(_ document: some Encodable, status: Int = 200) -> Answer {
        Answer(status: status, contentType: "application/json", body: JSONText.bytes(of: document))
    }

    /// Text, such as the metrics.
    static func text(_ text: String, status: Int = 200, contentType: String = "text/plain; charset=utf-8") -> Answer {
        Answer(status: status, contentType: contentType, body: Array(text.utf8))
    }
}
