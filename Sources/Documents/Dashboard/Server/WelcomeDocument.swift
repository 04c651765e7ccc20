/// What `GET /` answers while no front end is served.
public struct WelcomeDocument: Encodable, Sendable {
    let message, version, documentation: String

    /// - Parameter documentation: the path of the description.
    public init(message: String, version: String, documentation: String) {
        self.message = message
        self.version = version
        self.documentation = documentation
    }

    enum CodingKeys: String, CodingKey {
        case message, version
        case documentation = "docs"
    }
}
