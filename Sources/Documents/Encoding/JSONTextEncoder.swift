/// Encodes one value into a node. Coding paths stay empty: nothing here reports an error with a place.
struct JSONTextEncoder: Encoder, SingleValueEncodingContainer {
    let node: JSONNode

    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        KeyedEncodingContainer(JSONFields<Key>(of: node))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer { JSONElements(of: node) }

    func singleValueContainer() -> any SingleValueEncodingContainer { self }

    func encodeNil() { node.encodeNil() }

    func encode<Value: Encodable>(_ value: Value) { node.encode(value) }
}

/// The fields of an object.
private struct JSONFields<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let node: JSONNode

    init(of node: JSONNode) {
        node.becomeObject()
        self.node = node
    }

    var codingPath: [any CodingKey] { [] }

    func encodeNil(forKey key: Key) { node.field(key.stringValue).encodeNil() }

    func encode<Value: Encodable>(_ value: Value, forKey key: Key) { node.field(key.stringValue).encode(value) }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) -> KeyedEncodingContainer<Nested> {
        JSONTextEncoder(node: node.field(key.stringValue)).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
        JSONElements(of: node.field(key.stringValue))
    }

    func superEncoder() -> any Encoder { JSONTextEncoder(node: node.field("super")) }

    func superEncoder(forKey key: Key) -> any Encoder { JSONTextEncoder(node: node.field(key.stringValue)) }
}

/// The elements of an array.
private struct JSONElements: UnkeyedEncodingContainer {
    let node: JSONNode

    init(of node: JSONNode) {
        node.becomeArray()
        self.node = node
    }

    var codingPath: [any CodingKey] { [] }
    var count: Int { node.count }

    func encodeNil() { node.element().encodeNil() }

    func encode<Value: Encodable>(_ value: Value) { node.element().encode(value) }

    func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<Nested> {
        JSONTextEncoder(node: node.element()).container(keyedBy: type)
    }

    func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { JSONElements(of: node.element()) }

    func superEncoder() -> any Encoder { JSONTextEncoder(node: node.element()) }
}
