/// What a message may cost to read.
package struct MessageBounds: Sendable, Equatable {
    /// Bytes of the list element.
    package var messageBytes: Int
    /// Bytes of a body after its compression is undone.
    package var bodyBytes: Int

    /// 32 MiB of each unless said otherwise.
    package init(messageBytes: Int = 32 << 20, bodyBytes: Int = 32 << 20) {
        self.messageBytes = messageBytes
        self.bodyBytes = bodyBytes
    }
}
