import Foundation

/// What Celery's beat, or any other producer, has sent: as much as tells which task it was and when.
package struct BeatMessage: Sendable, Equatable {
    /// The task's id: a message that is seen twice is one.
    package let id: String
    /// As the message names it.
    package let task: String
    /// Unix milliseconds.
    package let at: Int64
    /// Whether Beat sent the message: it marks its messages as of Celery 5.4; nil without a mark.
    package let isFromBeat: Bool?

    /// A message as it lies in a list: it does not say when it was sent.
    /// - Parameter seen: when it was first seen there.
    /// - Returns: nil for anything that is no message of a schedule: retries, and what other tasks have sent.
    package init?(listed bytes: [UInt8], seen: Int64) {
        guard let envelope = Self.object(Data(bytes)), let headers = envelope["headers"] as? [String: Any],
            let task = headers["task"] as? String, let id = headers["id"] as? String,
            (headers["retries"] as? Int ?? 0) == 0, headers["parent_id"] is NSNull? || headers["parent_id"] == nil
        else { return nil }
        self.init(id: id, task: task, at: seen, isFromBeat: headers["celery_beat_task"] as? Bool)
    }

    /// A `task-sent` event, as producers publish it that have `task_send_sent_event` on.
    /// - Returns: nil for other events, retries, and what other tasks have sent.
    package init?(event bytes: [UInt8]) {
        guard let envelope = Self.object(Data(bytes)), let text = envelope["body"] as? String else { return nil }
        let properties = envelope["properties"] as? [String: Any]
        let isEncoded = properties?["body_encoding"] as? String == "base64"
        guard let body = isEncoded ? Data(base64Encoded: text) : Data(text.utf8), let event = Self.object(body),
            event["type"] as? String == "task-sent", let task = event["name"] as? String,
            let id = event["uuid"] as? String, (event["retries"] as? Int ?? 0) == 0,
            event["parent_id"] is NSNull? || event["parent_id"] == nil, let time = event["timestamp"] as? Double,
            let at = Int64(exactly: (time * 1_000).rounded()), at.magnitude < 1 << 53
        else { return nil }
        self.init(id: id, task: task, at: at, isFromBeat: nil)
    }

    /// Checks nothing.
    package init(id: String, task: String, at: Int64, isFromBeat: Bool? = nil) {
        self.id = id
        self.task = task
        self.at = at
        self.isFromBeat = isFromBeat
    }

    private static func object(_ bytes: Data) -> [String: Any]? {
        (try? JSONSerialization.jsonObject(with: bytes)) as? [String: Any]
    }
}
