import CZlib

/// Streams of zlib, with zlib's own header or with gzip's.
enum Zlib {
    static func inflate(_ bytes: [UInt8], bound: Int) throws(WireError) -> [UInt8] {
        var stream = z_stream()
        // 15 bits of window; 32 more detect which of the two headers it is.
        guard inflateInit2_(&stream, 15 + 32, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            throw Compression.broken("zlib")
        }
        defer { inflateEnd(&stream) }
        var bytes = bytes
        return try bytes.withUnsafeMutableBufferPointer { input throws(WireError) in
            stream.next_in = input.baseAddress
            stream.avail_in = UInt32(clamping: input.count)
            return try drain(&stream, bound: bound)
        }
    }

    private static func drain(_ stream: inout z_stream, bound: Int) throws(WireError) -> [UInt8] {
        var output: [UInt8] = []
        var room = [UInt8](repeating: 0, count: Compression.step)
        while true {
            let status = room.withUnsafeMutableBufferPointer { room in
                stream.next_out = room.baseAddress
                stream.avail_out = UInt32(room.count)
                return CZlib.inflate(&stream, Z_NO_FLUSH)
            }
            output.append(contentsOf: room[..<(room.count - Int(stream.avail_out))])
            if output.count > bound { throw Compression.tooLarge(bound) }
            if status == Z_STREAM_END { return output }
            guard status == Z_OK, stream.avail_in > 0 || stream.avail_out == 0 else {
                throw Compression.broken("zlib")
            }
        }
    }
}
