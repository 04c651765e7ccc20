/// What `GET /readyz` answers.
public struct ReadinessDocument: Encodable, Sendable {
    /// One thing that answers depend on.
    public struct Check: Encodable, Sendable {
        let name: String
        /// Whether it is there.
        public let isOK: Bool
        @OrNull var reason: String?

        /// - Parameter reason: why it is not, without addresses; nil when it is.
        public init(name: String, isOK: Bool, reason: String?) {
            self.name = name
            self.isOK = isOK
            self.reason = reason
        }

        enum CodingKeys: String, CodingKey {
            case name
            case isOK = "ok"
            case reason
        }
    }

    let isReady: Bool
    let checks: [Check]

    /// - Parameter checks: all of them, those that hold included.
    public init(isReady: Bool, checks: [Check]) {
        self.isReady = isReady
        self.checks = checks
    }

    enum CodingKeys: String, CodingKey {
        case isReady = "ready"
        case checks
    }
}
