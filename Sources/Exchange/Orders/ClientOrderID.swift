import Crypto

/// The id under which an order is sent; the same for the same decision, however often it is sent.
public struct ClientOrderID: RawRepresentable, Sendable, Hashable, Codable, CustomStringConvertible {
    /// As the exchange stores it; of our own orders a UUID of 36 characters.
    public let rawValue: String

    /// Takes any text: orders of others can carry any id. Exchanges accept at most 36 characters.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// The id of one attempt of one leg of a job. Domain specification 7.3.
    ///
    /// First 16 bytes of SHA-256("flotilla:v1|job|leg|attempt") as a version-8 UUID (RFC 9562).
    /// - Parameters:
    ///   - leg: `maker`, `cross`, `twap-0`, …
    ///   - attempt: from 0; rises only for a new order (reprice, next cross), never for a retry.
    public init(job: String, leg: String, attempt: Int) {
        let digest = SHA256.hash(data: Array("flotilla:v1|\(job)|\(leg)|\(attempt)".utf8))
        self.init(rawValue: uuid(version8: Array(digest.prefix(16))))
    }

    /// The same as `rawValue`.
    public var description: String { rawValue }

    /// Reads a JSON text; takes any.
    public init(from decoder: any Decoder) throws { rawValue = try String(from: decoder) }
    /// Writes `rawValue` as JSON text.
    public func encode(to encoder: any Encoder) throws { try rawValue.encode(to: encoder) }
}

/// 16 bytes as UUID text in lower case, with version 8 and the RFC's variant written over them.
func uuid(version8 bytes: [UInt8]) -> String {
    precondition(bytes.count == 16, "a UUID has 16 bytes")
    var bytes = bytes
    bytes[6] = bytes[6] & 0x0f | 0x80
    bytes[8] = bytes[8] & 0x3f | 0x80
    var text = ""
    text.reserveCapacity(36)
    for (index, byte) in bytes.enumerated() {
        if [4, 6, 8, 10].contains(index) { text.append("-") }
        if byte < 16 { text.append("0") }
        text += String(byte, radix: 16)
    }
    return text
}
