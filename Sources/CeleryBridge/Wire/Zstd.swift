import CZstd

/// Streams of zstd.
enum Zstd {
    static func inflate(_ bytes: [UInt8], bound: Int) throws(WireError) -> [UInt8] {
        guard let stream = ZSTD_createDStream() else { throw Compression.broken("zstd") }
        defer { ZSTD_freeDStream(stream) }
        return try bytes.withUnsafeBufferPointer { bytes throws(WireError) in
            var input = ZSTD_inBuffer(src: bytes.baseAddress, size: bytes.count, pos: 0)
            return try drain(stream, &input, bound: bound)
        }
    }

    private static func drain(
        _ stream: OpaquePointer, _ input: inout ZSTD_inBuffer, bound: Int
    ) throws(WireError) -> [UInt8] {
        var output: [UInt8] = []
        var room = [UInt8](repeating: 0, count: Compression.step)
        while true {
            var written = 0
            let rest = room.withUnsafeMutableBytes { room in
                var buffer = ZSTD_outBuffer(dst: room.baseAddress, size: room.count, pos: 0)
                defer { written = buffer.pos }
                return ZSTD_decompressStream(stream, &buffer, &input)
            }
            guard ZSTD_isError(rest) == 0 else { throw Compression.broken("zstd") }
            output.append(contentsOf: room[..<written])
            if output.count > bound { throw Compression.tooLarge(bound) }
            if rest == 0 { return output }
            if written == 0, input.pos == input.size { throw Compression.broken("zstd") }
        }
    }
}
