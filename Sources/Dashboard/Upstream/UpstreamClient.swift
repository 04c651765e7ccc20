import Foundation
import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1
import NIOPosix

/// Asks the old backend, one connection a request.
public struct UpstreamClient: Sendable {
    /// What it answered.
    struct Reply: Sendable {
        var status: Int
        var contentType: String
        var body: [UInt8]
    }

    /// Why there is no answer.
    public enum Failure: Error, Sendable, Equatable, CustomStringConvertible {
        case unreachable(String)
        case late(seconds: Int64)
        case tooLong(bytes: Int)
        case cutOff

        /// A clause.
        public var description: String {
            switch self {
            case .unreachable(let reason): "it cannot be reached: \(reason)"
            case .late(let seconds): "it did not answer within \(seconds) s"
            case .tooLong(let bytes): "its answer is longer than \(bytes) bytes"
            case .cutOff: "it ended the connection before its answer was whole"
            }
        }
    }

    let address: UpstreamAddress
    private let limit: Duration
    private static let mostBytes = 32 << 20

    /// - Parameter limit: for a whole answer. The old backend takes up to a minute for its first one.
    public init(_ address: UpstreamAddress, limit: Duration = .seconds(30)) {
        self.address = address
        self.limit = limit
    }

    /// - Parameters:
    ///   - path: with its query, as the client sent it.
    ///   - body: nil for none.
    func ask(_ method: HTTPRequest.Method, _ path: String, body: [UInt8]? = nil) async throws(Failure) -> Reply {
        var request = HTTPRequest(
            method: method, scheme: "http", authority: "\(address.host):\(address.port)",
            path: address.prefix + path)
        request.headerFields[.connection] = "close"
        request.headerFields[.accept] = "application/json"
        if let body {
            request.headerFields[.contentType] = "application/json"
            request.headerFields[.contentLength] = "\(body.count)"
        }
        let (head, limit) = (request, limit)
        do {
            return try await withThrowingTaskGroup(of: Reply.self) { group in
                group.addTask { try await exchange(head, body) }
                group.addTask {
                    try await ContinuousClock().sleep(for: limit)
                    throw Failure.late(seconds: limit.components.seconds)
                }
                defer { group.cancelAll() }
                guard let reply = try await group.next() else { throw Failure.cutOff }
                return reply
            }
        } catch let failure as Failure {
            throw failure
        } catch {
            throw .unreachable("\(error)")
        }
    }

    private func exchange(_ head: HTTPRequest, _ body: [UInt8]?) async throws -> Reply {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(.seconds(5))
            .connect(host: address.host, port: address.port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHTTPClientHandlers()
                    try channel.pipeline.syncOperations.addHandler(HTTP1ToHTTPClientCodec())
                    return try NIOAsyncChannel<HTTPResponsePart, HTTPRequestPart>(
                        wrappingChannelSynchronously: channel)
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            try await outbound.write(.head(head))
            if let body { try await outbound.write(.body(ByteBuffer(bytes: body))) }
            try await outbound.write(.end(nil))
            var reply: Reply?
            for try await part in inbound {
                switch part {
                case .head(let head):
                    reply = Reply(
                        status: head.status.code,
                        contentType: head.headerFields[.contentType] ?? "application/octet-stream", body: [])
                case .body(let buffer):
                    reply?.body.append(contentsOf: buffer.readableBytesView)
                    guard reply?.body.count ?? 0 <= Self.mostBytes else {
                        throw Failure.tooLong(bytes: Self.mostBytes)
                    }
                case .end:
                    guard let reply else { throw Failure.cutOff }
                    return reply
                }
            }
            throw Failure.cutOff
        }
    }
}
