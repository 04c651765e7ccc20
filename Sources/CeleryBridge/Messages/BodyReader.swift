/// Turns the body of an envelope into its value: text or base64, compressed or not, never anything but JSON.
struct BodyReader {
    let envelope: WireObject
    let bounds: MessageBounds

    func body() throws(FaultReason) -> WireValue {
        try checkContentType()
        guard let text = envelope["body"]?.string else {
            throw FaultReason(.decodeError, "The envelope has no body that is text. Publish the message with a body.")
        }
        let properties = envelope["properties"]?.object
        var bytes: [UInt8]
        switch properties?["body_encoding"] ?? .null {
        case .text("base64"): bytes = try wire { () throws(WireError) in try Base64.decode(text) }
        case .null, .text(""): bytes = Array(text.utf8)
        case let other:
            throw FaultReason(
                .decodeError,
                "The body_encoding \(other.repr(atMost: 100)) is not known. Use 'base64', or leave it out.")
        }
        if let name = envelope["headers"]?.object?["compression"]?.string, !name.isEmpty {
            let packed = bytes
            bytes = try wire { () throws(WireError) in
                try Compression.inflate(packed, name, bound: bounds.bodyBytes)
            }
        }
        let inflated = bytes
        return try wire { () throws(WireError) in try WireValue.parse(inflated) }
    }

    private func checkContentType() throws(FaultReason) {
        let type = envelope["content-type"]?.string ?? ""
        guard type == "application/json" else {
            let names = [
                "application/x-python-serialize": "pickle", "application/x-yaml": "yaml",
                "application/x-msgpack": "msgpack",
            ]
            let name = names[type] ?? "untrusted content"
            throw FaultReason(
                .contentDisallowed,
                "Refusing to deserialize \(name) content of type \(WireValue.text(type).repr(atMost: 100)). "
                    + "Set task_serializer = 'json'.")
        }
        switch envelope["content-encoding"]?.string?.lowercased() ?? "utf-8" {
        case "utf-8", "utf8", "us-ascii", "ascii", "binary", "": return
        case let encoding:
            throw FaultReason(
                .decodeError,
                "The content-encoding \(WireValue.text(encoding).repr(atMost: 100)) is not read here. Use 'utf-8'.")
        }
    }

    private func wire<Value>(_ read: () throws(WireError) -> Value) throws(FaultReason) -> Value {
        do {
            return try read()
        } catch {
            throw FaultReason(.decodeError, error.sentence)
        }
    }
}

/// A fault before it is joined with what could be read of the message.
struct FaultReason: Error {
    var failure: TaskFailure
    var message: TaskMessage?

    init(_ type: FaultType, _ sentence: String) {
        failure = TaskFailure(type.name, module: type.module, [.text(sentence)])
    }

    init(_ failure: TaskFailure) { self.failure = failure }
}
