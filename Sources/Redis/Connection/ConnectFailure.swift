import NIOCore
import NIOPosix

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Why a socket could not be opened, in words for `RedisError.unreachable`.
enum ConnectFailure {
    /// What every reason begins with that says so.
    static let unknownName = "the host name"
    static let forbidden = "no permission to open the socket file"

    static func reason(_ error: any Error, within limit: Duration) -> String {
        switch error {
        case let error as NIOConnectionError:
            // One attempt for each address of the name; the first is as good as any.
            if let attempt = error.connectionErrors.first { return reason(attempt.error, within: limit) }
            return "\(unknownName) '\(error.host)' is not known"
        case let error as IOError: return reason(errno: error.errnoCode)
        case ChannelError.connectTimeout: return "no answer within \(limit)"
        case is SocketAddressError: return "\(unknownName) is not known"
        case let error as RedisError: return error.description
        default: return "\(error)"
        }
    }

    private static func reason(errno code: CInt) -> String {
        switch code {
        case ECONNREFUSED: "connection refused"
        case ENOENT: "there is no such socket file"
        case EACCES, EPERM: forbidden
        case ECONNRESET: "the connection was reset"
        case EHOSTUNREACH, ENETUNREACH: "there is no route to the host"
        case EMFILE, ENFILE: "no more files can be opened"
        default: String(cString: strerror(code))
        }
    }
}
