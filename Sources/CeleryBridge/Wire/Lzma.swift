import CLzma

/// Streams of liblzma: the xz container, or the older one.
enum Lzma {
    /// Bytes that the library may take for its dictionary.
    private static let memoryLimit: UInt64 = 128 << 20

    static func inflate(_ bytes: [UInt8], bound: Int) throws(WireError) -> [UInt8] {
        var stream = lzma_stream()
        guard lzma_auto_decoder(&stream, memoryLimit, 0) == LZMA_OK else { throw Compression.broken("lzma") }
        defer { lzma_end(&stream) }
        return try bytes.withUnsafeBufferPointer { input throws(WireError) in
            stream.next_in = input.baseAddress
            stream.avail_in = input.count
            return try drain(&stream, bound: bound)
        }
    }

    private static func drain(_ stream: inout lzma_stream, bound: Int) throws(WireError) -> [UInt8] {
        var output: [UInt8] = []
        var room = [UInt8](repeating: 0, count: Compression.step)
        while true {
            let status = room.withUnsafeMutableBufferPointer { room in
                stream.next_out = room.baseAddress
                stream.avail_out = room.count
                return lzma_code(&stream, LZMA_FINISH)
            }
            output.append(contentsOf: room[..<(room.count - stream.avail_out)])
            if output.count > bound { throw Compression.tooLarge(bound) }
            if status == LZMA_STREAM_END { return output }
            guard status == LZMA_OK else { throw Compression.broken("lzma") }
        }
    }
}
