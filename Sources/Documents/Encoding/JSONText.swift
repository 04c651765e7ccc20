/// A value as compact JSON, with its fields in the order in which it encodes them: that of the cases of its
/// `CodingKeys`, or of its properties.
///
/// A text is one valid JSON document in any case. What JSON cannot hold stands as null: a number that is not finite,
/// and a value whose `encode(to:)` throws or encodes nothing. A field that is encoded twice stands twice.
public enum JSONText {
    /// The text, without spaces and without a line break at its end. Only `RawJSON` can hold line breaks, between its
    /// tokens.
    public static func of(_ value: some Encodable) -> String { String(decoding: bytes(of: value), as: UTF8.self) }

    /// The text in UTF-8.
    public static func bytes(of value: some Encodable) -> [UInt8] {
        let node = JSONNode()
        node.encode(value)
        var bytes: [UInt8] = []
        node.write(to: &bytes)
        return bytes
    }

    /// The text in UTF-8 as one line with its end. Line breaks between the tokens of raw JSON, where they mean nothing,
    /// become spaces; inside of a JSON string there are none.
    public static func line(of value: some Encodable) -> [UInt8] {
        bytes(of: value).map { $0 == 0x0A || $0 == 0x0D ? 0x20 : $0 } + [0x0A]
    }
}
