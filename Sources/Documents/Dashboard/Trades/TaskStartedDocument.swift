public import Foundation

/// What was begun, and by which job.
public struct TaskStartedDocument: Encodable, Sendable {
    let success: Bool?
    let message: String
    @OrNull var taskID: String?
    let timestamp: NaiveTime?

    /// - Parameters:
    ///   - success: nil leaves the field out.
    ///   - taskID: the job's id, of several the first one; nil when there was nothing to begin.
    ///   - time: nil leaves the field out.
    public init(success: Bool? = nil, message: String, taskID: String?, at time: Date? = nil) {
        self.success = success
        self.message = message
        self.taskID = taskID
        timestamp = time.map { NaiveTime($0) }
    }

    enum CodingKeys: String, CodingKey {
        case success, message
        case taskID = "task_id"
        case timestamp
    }
}
