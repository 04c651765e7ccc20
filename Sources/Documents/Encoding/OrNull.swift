/// A field that is always there, with null for none. An optional without this wrapper is left out when it is nil.
@propertyWrapper
public struct OrNull<Value: Encodable & Sendable>: Encodable, Sendable {
    /// Nil stands as null.
    public var wrappedValue: Value?

    /// For the compiler; a field is written `@OrNull var worker: String?`.
    public init(wrappedValue: Value?) { self.wrappedValue = wrappedValue }

    /// Encodes the value itself, or null.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        if let wrappedValue { try container.encode(wrappedValue) } else { try container.encodeNil() }
    }
}
