/// The tag of an answer's body, by which a client that has it already is told so (RFC 9110, section 8.8.3).
enum EntityTag {
    /// Weak: equal bodies have equal tags. FNV-1a, 64 bits, and the length.
    static func of(_ body: [UInt8]) -> String {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in body { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return "W/\"\(String(hash, radix: 16))-\(body.count)\""
    }

    /// Whether the header `If-None-Match` names the tag.
    static func matches(_ header: String?, _ tag: String) -> Bool {
        guard let header else { return false }
        return header.split(separator: ",").contains { part in
            let text = part.drop { $0 == " " }
            return text == "*" || text == tag || "W/" + text == tag
        }
    }
}
