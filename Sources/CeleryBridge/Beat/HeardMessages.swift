/// What was heard, and how.
package struct HeardMessages: Sendable {
    /// In the order in which they were sent, as far as that is known.
    package var messages: [BeatMessage]
    /// Unix milliseconds by the clock of the broker's Redis.
    package var window: Range<Int64>
    /// Messages that an event told of; the others were seen in a list.
    package var byEvent: Int
    /// Whose lists were looked at.
    package var queues: [String]
}
