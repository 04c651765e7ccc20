/// Undoes the compression that the header `compression` of a message names.
package enum Compression {
    /// - Parameters:
    ///   - name: the header's value, a content type or kombu's short name; see `known`.
    ///   - bound: the most bytes that may come out; more is refused before it is inflated.
    /// - Throws: an unknown or unsupported name, broken bytes, or more than `bound`.
    package static func inflate(_ bytes: [UInt8], _ name: String, bound: Int) throws(WireError) -> [UInt8] {
        switch name {
        case "application/x-gzip", "zlib", "gzip": try Zlib.inflate(bytes, bound: bound)
        case "application/x-lzma", "lzma", "xz": try Lzma.inflate(bytes, bound: bound)
        case "application/zstd", "zstd", "zstandard": try Zstd.inflate(bytes, bound: bound)
        default:
            throw WireError(
                "The body's compression \(WireValue.text(name).repr(atMost: 100)) is not supported. "
                    + "Use one of: zlib, gzip, lzma, zstd.")
        }
    }

    static func tooLarge(_ bound: Int) -> WireError {
        WireError("The body inflates to more than \(bound) bytes. Send less, or send a reference to it.")
    }

    static func broken(_ format: String) -> WireError {
        WireError("The body's \(format) stream is broken or cut short. Publish the message again.")
    }

    /// Bytes of room for each step of a stream.
    static let step = 65_536
}
