import Logging
import NIOCore
import Synchronization

/// Why the sentinels led to no primary.
public enum SentinelProblem: Sendable, Equatable {
    /// None of them answered; what was met at each.
    case noAnswer(String)
    /// All that answered know no group of that name.
    case unknownName
    /// A sentinel, at this place, refused the question with this reply.
    case refused(by: String, reply: String)
    /// The server that they name, at this place, cannot be reached.
    case primaryUnreachable(at: String, reason: String)
    /// The server that they name, at this place, says that it is a replica: the failover is not over yet.
    case notPrimary(at: String)
}

/// Asks sentinels, one after the other, which server is the primary, and connects to it. The sentinel that led there
/// stays connected and tells of a switch: a former primary goes on taking writes, to be lost, for ten seconds or so.
/// When that sentinel is gone, a lost connection or READONLY has to tell.
///
/// Guards the order of the sentinels, the one that led to the primary being asked first the next time, and the
/// connection that waits for a switch.
final class Sentinels: Sendable {
    private let address: RedisAddress
    private let primary: String
    private let order: Mutex<[RedisAddress.Host]>
    private let watching = Mutex<RedisConnection?>(nil)
    private let options: RedisOptions
    private let eventLoop: any EventLoop
    private let logger: Logger

    /// A sentinel that does not answer in this time is passed over.
    private static let patience = Duration.seconds(1)

    /// `nil` for an address without sentinels.
    init?(address: RedisAddress, options: RedisOptions, on eventLoop: any EventLoop, logger: Logger) {
        guard case .sentinels(let hosts, let primary) = address.endpoint else { return nil }
        self.address = address
        self.primary = primary
        order = Mutex(hosts)
        self.options = options
        self.eventLoop = eventLoop
        self.logger = logger
    }

    /// - Returns: a connection to the server that confirms to be the primary, or a failed future with a `RedisError`.
    /// - Parameter switched: called on the event loop when the sentinel tells that another server is the primary now.
    func connect(
        push: (@Sendable (RedisValue) -> Void)?, switched: @escaping @Sendable (RedisAddress.Host) -> Void
    ) -> EventLoopFuture<RedisConnection> {
        stopWatching()
        return next(of: order.withLock { $0 }[...], findings: [], push: push, switched: switched)
    }

    /// Closes the connection to the sentinel.
    func stopWatching() {
        watching.withLock { $0.take() }?.close()
    }

    private func next(
        of hosts: ArraySlice<RedisAddress.Host>, findings: [Finding], push: (@Sendable (RedisValue) -> Void)?,
        switched: @escaping @Sendable (RedisAddress.Host) -> Void
    ) -> EventLoopFuture<RedisConnection> {
        guard let host = hosts.first else {
            return eventLoop.makeFailedFuture(RedisError.noPrimary(address, verdict(findings)))
        }
        return ask(host, switched).flatMap { [self] told in reach(told, push: push) }.map { [self] connection in
            order.withLock { order in
                order.removeAll { $0 == host }
                order.insert(host, at: 0)
            }
            return connection
        }.flatMapError { [self] error in
            stopWatching()
            return switch error as? Finding {
            // A wrong password stays wrong whichever sentinel is asked.
            case .refusal(let error)?: eventLoop.makeFailedFuture(error)
            case let finding?:
                next(of: hosts.dropFirst(), findings: findings + [finding], push: push, switched: switched)
            case nil: eventLoop.makeFailedFuture(error)
            }
        }
    }

    /// - Returns: what this sentinel takes for the primary.
    private func ask(
        _ host: RedisAddress.Host, _ switched: @escaping @Sendable (RedisAddress.Host) -> Void
    ) -> EventLoopFuture<RedisAddress.Host> {
        var options = options
        options.connectTimeout = min(options.connectTimeout, Self.patience)
        let place = RedisAddress(
            endpoint: .tcp(host: host.name, port: host.port), password: address.sentinelPassword)
        let command: RedisCommand = ["SENTINEL", "get-master-addr-by-name", .text(primary)]
        let push: @Sendable (RedisValue) -> Void = { [primary] message in
            if let host = Self.newPrimary(in: message, of: primary) { switched(host) }
        }
        return RedisConnection.connect(to: place, options: options, on: eventLoop, logger: logger, push: push)
            .flatMapErrorThrowing { error in throw Finding.sentinel(host, error) }
            .flatMap { [self] connection in
                watching.withLock { $0 = connection }
                let answer = connection.request(command, timeout: Self.patience)
                // In one write with the question: no switch can fall between answer and subscription.
                connection.submit(nil, timeout: .zero) { bytes in bytes.write(["SUBSCRIBE", "+switch-master"]) }
                return answer
            }.flatMapThrowing { reply in
                if reply.isNull { throw Finding.unknownName }
                let words = try reply.strings(of: "SENTINEL get-master-addr-by-name")
                guard words.count == 2, let port = UInt16(words[1]), port > 0 else {
                    throw Finding.silent(host, reason: "its answer is no host and port")
                }
                return RedisAddress.Host(name: words[0], port: Int(port))
            }.flatMapErrorThrowing { error in
                throw error as? Finding ?? Finding.sentinel(host, error)
            }
    }

    /// Connects to the server and has it confirm its role: a sentinel that was cut off may name a former primary.
    private func reach(
        _ host: RedisAddress.Host, push: (@Sendable (RedisValue) -> Void)?
    ) -> EventLoopFuture<RedisConnection> {
        let server = RedisAddress(
            endpoint: .tcp(host: host.name, port: host.port), user: address.user, password: address.password,
            database: address.database)
        return RedisConnection.connect(to: server, options: options, on: eventLoop, logger: logger, push: push)
            .flatMapErrorThrowing { [address] error in throw Finding.server(host, error, for: address) }
            .flatMap { [options] connection in
                connection.request(["ROLE"], timeout: options.connectTimeout).flatMapThrowing { reply in
                    if Self.denies(reply) { throw Finding.notPrimary(host) }
                    return connection
                }.flatMapErrorThrowing { error in
                    connection.close()
                    throw error as? Finding ?? Finding.primaryUnreachable(host, reason: "\(error)")
                }
            }
    }

    /// `["message", "+switch-master", "name old-host old-port new-host new-port"]`.
    private static func newPrimary(in message: RedisValue, of primary: String) -> RedisAddress.Host? {
        guard case .array(let parts) = message, parts.count == 3, (try? parts[0].string()) == "message",
            let words = try? parts[2].string().split(separator: " "), words.count == 5, words[0] == primary,
            let port = UInt16(words[4]), port > 0
        else { return nil }
        return RedisAddress.Host(name: String(words[3]), port: Int(port))
    }

    /// A user who may not ask for the ROLE has to trust the sentinel.
    private static func denies(_ reply: RedisValue) -> Bool {
        guard case .array(let parts) = reply else { return false }
        return (try? parts.first?.string(of: "ROLE")) != "master"
    }

    /// The finding that is nearest to the primary says most.
    private func verdict(_ findings: [Finding]) -> SentinelProblem {
        let problems = findings.map(\.problem)
        return problems.max { $0.nearness < $1.nearness }
            .map { problem in
                guard case .noAnswer = problem else { return problem }
                let all = problems.compactMap { if case .noAnswer(let text) = $0 { text } else { nil } }
                return .noAnswer(all.joined(separator: "; "))
            } ?? .noAnswer("there is none")
    }
}

/// What asking one sentinel came to, when it led to no primary.
private enum Finding: Error {
    case silent(RedisAddress.Host, reason: String)
    case unknownName
    case refused(RedisAddress.Host, reply: String)
    case primaryUnreachable(RedisAddress.Host, reason: String)
    case notPrimary(RedisAddress.Host)
    /// Another sentinel cannot help.
    case refusal(RedisError)

    static func sentinel(_ host: RedisAddress.Host, _ error: any Error) -> Finding {
        switch error as? RedisError {
        case .passwordRequired?: .refused(host, reply: "it requires a password")
        case .wrongPassword?: .refused(host, reply: "the password is wrong")
        case .noPermission(_, let message)?, .server(let message, _)?: .refused(host, reply: message)
        case .unreachable(_, let reason)?: .silent(host, reason: reason)
        case .handshakeFailed(_, let problem)?: .silent(host, reason: "it \(problem)")
        case .timedOut(_, let limit)?: .silent(host, reason: "no answer within \(limit)")
        case let error?: .silent(host, reason: "\(error)")
        case nil: .silent(host, reason: "\(error)")
        }
    }

    /// The address stands for what the user has to correct.
    static func server(_ host: RedisAddress.Host, _ error: any Error, for address: RedisAddress) -> Finding {
        switch error as? RedisError {
        case .wrongPassword?: .refusal(.wrongPassword(address))
        case .passwordRequired?: .refusal(.passwordRequired(address))
        case .unreachable(_, let reason)?: .primaryUnreachable(host, reason: reason)
        case .handshakeFailed(_, let problem)?: .primaryUnreachable(host, reason: "it \(problem)")
        case let error? where error.isRefusal: .refusal(error)
        case let error?: .primaryUnreachable(host, reason: "\(error)")
        case nil: .primaryUnreachable(host, reason: "\(error)")
        }
    }

    var problem: SentinelProblem {
        switch self {
        case .silent(let host, let reason): .noAnswer("\(host): \(reason)")
        case .unknownName: .unknownName
        case .refused(let host, let reply): .refused(by: "\(host)", reply: reply)
        case .primaryUnreachable(let host, let reason): .primaryUnreachable(at: "\(host)", reason: reason)
        case .notPrimary(let host): .notPrimary(at: "\(host)")
        case .refusal(let error): .noAnswer("\(error)")
        }
    }
}

extension SentinelProblem {
    /// How far the search came.
    fileprivate var nearness: Int {
        switch self {
        case .noAnswer: 0
        case .unknownName: 1
        case .refused: 2
        case .notPrimary: 3
        case .primaryUnreachable: 4
        }
    }
}
