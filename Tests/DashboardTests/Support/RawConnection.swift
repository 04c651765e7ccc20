import Foundation
import NIOCore
import NIOPosix
import TestSupport

/// A connection on which bytes are sent as they stand: no client library would send what these tests send.
struct RawConnection {
    private let channel: NIOAsyncChannel<ByteBuffer, ByteBuffer>

    struct Silence: Error, CustomStringConvertible { let description: String }

    static func open(port: Int) async throws -> RawConnection {
        RawConnection(
            channel: try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connect(host: "127.0.0.1", port: port) { channel in
                    channel.eventLoop.makeCompletedFuture { try NIOAsyncChannel(wrappingChannelSynchronously: channel) }
                })
    }

    /// Sends bytes and reads until a condition holds or the other end closes.
    /// - Returns: what was read, with whether the other end closed.
    func exchange(
        _ parts: [[UInt8]], within limit: Duration = .seconds(20), until isEnough: @escaping @Sendable (String) -> Bool
    ) async throws -> (text: String, isClosed: Bool) {
        let channel = channel
        return try await withThrowingTaskGroup(of: (String, Bool).self) { group in
            group.addTask {
                try await channel.executeThenClose { inbound, outbound in
                    for part in parts { try? await outbound.write(ByteBuffer(bytes: part)) }
                    var text = ""
                    for try await buffer in inbound {
                        text += String(decoding: buffer.readableBytesView, as: UTF8.self)
                        if isEnough(text) { return (text, false) }
                    }
                    return (text, true)
                }
            }
            group.addTask {
                await hold(for: limit, on: ContinuousClock())
                throw Silence(description: "no answer within \(limit)")
            }
            defer { group.cancelAll() }
            guard let answer = try await group.next() else { throw Silence(description: "no task") }
            return answer
        }
    }

    /// One request, written with the line ends of HTTP, and its whole answer.
    static func ask(_ request: String, body: [UInt8] = [], port: Int) async throws -> RawReply {
        let bytes = Array(request.replacing("\n", with: "\r\n").utf8) + body
        let (text, isClosed) = try await open(port: port).exchange([bytes]) { RawReply($0)?.isWhole ?? false }
        guard let reply = RawReply(text) else {
            guard isClosed else { throw Silence(description: "no reply in: \(text.prefix(200))") }
            return RawReply.closed
        }
        return reply
    }
}

/// An answer as it was read.
struct RawReply: Sendable, Equatable {
    let status: Int
    let headers: [String: String]
    let body: String

    /// The connection ended without an answer.
    static let closed = RawReply(status: 0, headers: [:], body: "")

    private init(status: Int, headers: [String: String], body: String) {
        (self.status, self.headers, self.body) = (status, headers, body)
    }

    init?(_ text: String) {
        guard let end = text.range(of: "\r\n\r\n") else { return nil }
        let lines = text[..<end.lowerBound].components(separatedBy: "\r\n")
        let words = lines[0].split(separator: " ")
        guard words.count > 1, let status = Int(words[1]) else { return nil }
        self.status = status
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
            if parts.count == 2 { headers[parts[0].lowercased()] = parts[1] }
        }
        self.headers = headers
        body = String(text[end.upperBound...])
    }

    var isWhole: Bool { headers["content-length"].flatMap(Int.init).map { body.utf8.count >= $0 } ?? true }
}
