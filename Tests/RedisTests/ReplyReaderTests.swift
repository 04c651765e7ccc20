import Testing

@testable import Redis

@Suite struct ReplyReaderTests {
    private func read(_ pieces: [[UInt8]], byteLimit: Int = 1 << 20) throws -> [RedisValue] {
        let reader = try #require(ReplyReader(byteLimit: byteLimit))
        var replies: [RedisValue] = []
        for piece in pieces { try piece.withUnsafeBytes { try reader.read($0) { replies.append($0) } } }
        return replies
    }

    private let bytes = Array(
        "+OK\r\n:-5\r\n$-1\r\n*-1\r\n$3\r\na\r\n\r\n*2\r\n*1\r\n:1\r\n-ERR no\r\n*0\r\n$0\r\n\r\n".utf8)
    private let replies: [RedisValue] = [
        .simple("OK"), .integer(-5), .null, .null, .bulk(Array("a\r\n".utf8)),
        .array([.array([.integer(1)]), .error("ERR no")]), .array([]), .bulk([]),
    ]

    @Test func `every kind of reply is read`() throws {
        #expect(try read([bytes]) == replies)
    }

    @Test func `bytes may be cut anywhere`() throws {
        for cut in 0...bytes.count {
            #expect(try read([Array(bytes[..<cut]), Array(bytes[cut...])]) == replies)
        }
        #expect(try read(bytes.map { [$0] }) == replies)
    }

    @Test(arguments: ["HTTP/1.1 400 Bad Request\r\n", "$x\r\n", "*-7\r\n", ":\r\nx\r\n", "$-5\r\n"])
    func `what is no reply is refused`(_ text: String) {
        #expect(throws: ReplyReader.Failure.self) { try read([Array(text.utf8)]) }
    }

    @Test func `arrays nested beyond the reader's depth are refused`() {
        let deep = Array(String(repeating: "*1\r\n", count: 20).utf8)
        #expect(throws: ReplyReader.Failure.self) { try read([deep]) }
    }

    @Test func `a reply beyond the limit is refused before all of it is kept`() throws {
        let head = Array("$100000000\r\n".utf8)
        let piece = [UInt8](repeating: 0, count: 50_000)
        #expect(throws: ReplyReader.Failure.tooLarge) { try read([head, piece, piece, piece], byteLimit: 100_000) }
        #expect(try read([head, piece], byteLimit: 100_000) == [])
    }
}
