/// A rolling restart of the whole fleet: `fleet restart`.
public struct FleetRestartDocument: Encodable, Sendable {
    let restart: Int
    let hosts: [String]
    @OrNull var stoppedAt: String?

    /// - Parameters:
    ///   - restart: its number.
    ///   - hosts: the names of those that are done.
    ///   - stoppedAt: the host where a replacement did not stay up; nil when all went well.
    public init(restart: Int, hosts: [String], stoppedAt: String?) {
        self.restart = restart
        self.hosts = hosts
        self.stoppedAt = stoppedAt
    }

    enum CodingKeys: String, CodingKey {
        case restart, hosts
        case stoppedAt = "stopped_at"
    }
}
