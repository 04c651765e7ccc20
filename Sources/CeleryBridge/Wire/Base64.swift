/// Base64 as Python's `base64` module reads and writes it.
package enum Base64 {
    /// The bytes of a text; characters outside the alphabet are passed over.
    /// - Throws: when the padding does not fit.
    package static func decode(_ text: String) throws(WireError) -> [UInt8] {
        var text = text
        var padded = true
        let bytes = text.withUTF8 { utf8 in
            [UInt8](unsafeUninitializedCapacity: utf8.count / 4 * 3 + 3) { room, count in
                padded = fill(room, &count, from: utf8)
            }
        }
        guard padded else {
            throw WireError("The body is not base64: incorrect padding. Encode it, or leave body_encoding out.")
        }
        return bytes
    }

    private static func fill(
        _ room: UnsafeMutableBufferPointer<UInt8>, _ count: inout Int, from utf8: UnsafeBufferPointer<UInt8>
    ) -> Bool {
        let values = values
        var bits: UInt32 = 0
        var sextets = 0
        var pads = 0
        for byte in utf8 {
            if byte == UInt8(ascii: "=") {
                pads += 1
                if sextets >= 2, sextets + pads >= 4 { return true }
                continue
            }
            let value = values[Int(byte)]
            guard value < 64 else { continue }
            pads = 0
            bits = bits << 6 | UInt32(value)
            sextets += 1
            // Each sextet beyond the first of four completes one byte.
            if sextets > 1 {
                room[count] = UInt8(truncatingIfNeeded: bits >> UInt32(6 - 2 * (sextets - 1)))
                count += 1
            }
            if sextets == 4 { sextets = 0 }
        }
        return sextets == 0
    }

    /// The text of bytes, padded.
    package static func encode(_ bytes: [UInt8]) -> String {
        let size = (bytes.count + 2) / 3 * 4
        return String(unsafeUninitializedCapacity: size) { room in
            var at = 0
            for start in stride(from: 0, to: bytes.count, by: 3) {
                let second = start + 1 < bytes.count ? bytes[start + 1] : 0
                let third = start + 2 < bytes.count ? bytes[start + 2] : 0
                let bits = UInt32(bytes[start]) << 16 | UInt32(second) << 8 | UInt32(third)
                for (index, shift) in [18, 12, 6, 0].enumerated() {
                    let isPad = index > bytes.count - start
                    room[at] = isPad ? UInt8(ascii: "=") : alphabet[Int(bits >> UInt32(shift) & 63)]
                    at += 1
                }
            }
            return size
        }
    }

    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    private static let values: [UInt8] = {
        var values = [UInt8](repeating: 255, count: 256)
        for (value, byte) in alphabet.enumerated() { values[Int(byte)] = UInt8(value) }
        return values
    }()
}
