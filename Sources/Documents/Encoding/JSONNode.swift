import JobQueue

/// One value of a document that is being encoded.
///
/// A class, because a container that was handed out is filled later, while its value stands where the container was
/// asked for.
final class JSONNode {
    private enum Content {
        /// A number, a quoted string, a word such as null, or raw JSON.
        case text(String)
        case array([JSONNode])
        case object([(name: String, value: JSONNode)])
    }

    private var content = Content.text("null")

    /// How many elements an array has; 0 for anything else.
    var count: Int { if case .array(let elements) = content { elements.count } else { 0 } }

    func encodeNil() { content = .text("null") }

    func encode(_ value: some Encodable) {
        switch value {
        case let text as String: content = .text(CompactJSON.quoted(text))
        case let flag as Bool: content = .text(flag ? "true" : "false")
        case let number as any BinaryInteger: content = .text("\(number)")
        case let number as Double: content = .text(NotFiniteCount.text(number))
        case let number as Float: content = .text(NotFiniteCount.text(number))
        case let raw as RawJSON: content = .text(raw.text)
        default: do { try value.encode(to: JSONTextEncoder(node: self)) } catch { encodeNil() }
        }
    }

    /// Fields that are there stay: a type may encode another's fields before or after its own.
    func becomeObject() { if case .object = content { return } else { content = .object([]) } }

    func becomeArray() { if case .array = content { return } else { content = .array([]) } }

    /// The value of a new field, null until it is encoded.
    func field(_ name: String) -> JSONNode {
        guard case .object(var fields) = content else { return JSONNode() }
        let node = JSONNode()
        // The array is released first, so that it grows in place.
        content = .object([])
        fields.append((name, node))
        content = .object(fields)
        return node
    }

    /// A new element of an array, null until it is encoded.
    func element() -> JSONNode {
        guard case .array(var elements) = content else { return JSONNode() }
        let node = JSONNode()
        content = .array([])
        elements.append(node)
        content = .array(elements)
        return node
    }

    func write(to bytes: inout [UInt8]) {
        switch content {
        case .text(let text): bytes.append(contentsOf: text.utf8)
        case .array(let elements):
            bytes.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                element.write(to: &bytes)
            }
            bytes.append(UInt8(ascii: "]"))
        case .object(let fields):
            bytes.append(UInt8(ascii: "{"))
            for (index, field) in fields.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                bytes.append(contentsOf: CompactJSON.quoted(field.name).utf8)
                bytes.append(UInt8(ascii: ":"))
                field.value.write(to: &bytes)
            }
            bytes.append(UInt8(ascii: "}"))
        }
    }
}
