import CHiredis

/// Turns bytes into replies with hiredis' `redisReader`. Bytes may be cut anywhere; the rest is fed later.
///
/// Not safe to share: it belongs to the event loop of its channel.
final class ReplyReader {
    enum Failure: Error, Equatable {
        /// The bytes are not RESP, or nest deeper than hiredis reads (7 arrays).
        case malformed(String)
        /// The unfinished reply has grown past the limit.
        case tooLarge
    }

    private let reader: UnsafeMutablePointer<redisReader>
    private let byteLimit: Int
    /// Fed since the last complete reply: what the unfinished one holds, and at most one piece more.
    private var unfinishedBytes = 0

    /// - Parameter byteLimit: of one reply, 1 to 512 MiB, the most that Redis keeps in one value.
    init?(byteLimit: Int) {
        guard let reader = redisReaderCreate() else { return nil }
        self.reader = reader
        self.byteLimit = byteLimit
    }

    deinit { redisReaderFree(reader) }

    /// Copies the bytes in and hands over each reply they complete, in order.
    func read(_ bytes: UnsafeRawBufferPointer, reply: (RedisValue) -> Void) throws(Failure) {
        var start = 0
        while start < bytes.count {
            // hiredis moves the rest of its buffer to the front as it goes; small pieces keep that cheap.
            let end = min(start + 16_384, bytes.count)
            try feed(UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
            start = end
            while let value = try next() {
                unfinishedBytes = 0
                reply(value)
            }
            if unfinishedBytes > byteLimit { throw .tooLarge }
        }
    }

    private func feed(_ piece: UnsafeRawBufferPointer) throws(Failure) {
        unfinishedBytes += piece.count
        let characters = piece.bindMemory(to: CChar.self)
        if redisReaderFeed(reader, characters.baseAddress, characters.count) != REDIS_OK { throw malformed }
    }

    private func next() throws(Failure) -> RedisValue? {
        var object: UnsafeMutableRawPointer?
        if redisReaderGetReply(reader, &object) != REDIS_OK { throw malformed }
        guard let object else { return nil }
        defer { freeReplyObject(object) }
        return value(of: object.assumingMemoryBound(to: redisReply.self))
    }

    private func value(of reply: UnsafePointer<redisReply>) -> RedisValue {
        let reply = reply.pointee
        switch reply.type {
        case REDIS_REPLY_STRING: return .bulk([UInt8](characters(of: reply)))
        case REDIS_REPLY_INTEGER: return .integer(Int64(reply.integer))
        case REDIS_REPLY_STATUS: return .simple(String(decoding: characters(of: reply), as: UTF8.self))
        case REDIS_REPLY_ERROR: return .error(String(decoding: characters(of: reply), as: UTF8.self))
        case REDIS_REPLY_ARRAY:
            var values: [RedisValue] = []
            values.reserveCapacity(reply.elements)
            for index in 0..<reply.elements {
                values.append(reply.element[index].map { value(of: $0) } ?? .null)
            }
            return .array(values)
        default: return .null  // REDIS_REPLY_NIL: hiredis 0.14 knows no other type.
        }
    }

    private func characters(of reply: redisReply) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: reply.str, count: reply.len)
    }

    private var malformed: Failure {
        // errstr is a C array, which Swift sees as a tuple.
        withUnsafeBytes(of: reader.pointee.errstr) { text in
            .malformed(String(decoding: text.prefix { $0 != 0 }, as: UTF8.self))
        }
    }
}
