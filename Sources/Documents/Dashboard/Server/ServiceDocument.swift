/// What `GET /health` answers.
public struct ServiceDocument: Encodable, Sendable {
    let status, service: String

    /// - Parameters:
    ///   - status: `healthy`.
    ///   - service: the name that the old backend gave itself.
    public init(status: String, service: String) {
        self.status = status
        self.service = service
    }
}
