/// That a job was enqueued for the user.
public struct MarketTaskDocument: Encodable, Sendable {
    let success: Bool?
    let message, taskID: String

    /// - Parameters:
    ///   - success: left out where nil.
    ///   - taskID: the job's id.
    public init(success: Bool? = nil, message: String, taskID: String) {
        self.success = success
        self.message = message
        self.taskID = taskID
    }

    enum CodingKeys: String, CodingKey {
        case success, message
        case taskID = "task_id"
    }
}
