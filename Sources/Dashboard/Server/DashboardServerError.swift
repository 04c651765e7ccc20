/// Why the API does not run.
public enum DashboardServerError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The address cannot be bound.
    case cannotListen(host: String, port: Int, reason: String)

    /// What happened, and what to do.
    public var description: String {
        switch self {
        case .cannotListen(let host, let port, let reason):
            "The API cannot listen on \(host):\(port): \(reason). End the program that has the port, or name another "
                + "address with --listen or FLOTILLA_LISTEN."
        }
    }
}
