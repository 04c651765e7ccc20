/// What the group of routes about intelligence says of itself.
public struct IntelligenceStatusDocument: Encodable, Sendable {
    let status, version: String
    let phasesCompleted: Int
    let description: String

    /// - Parameters:
    ///   - status: `active`.
    ///   - version, phasesCompleted: what the old backend called itself.
    public init(status: String, version: String, phasesCompleted: Int, description: String) {
        self.status = status
        self.version = version
        self.phasesCompleted = phasesCompleted
        self.description = description
    }

    enum CodingKeys: String, CodingKey {
        case status
        case version = "framework_version"
        case phasesCompleted = "phases_completed"
        case description
    }
}
