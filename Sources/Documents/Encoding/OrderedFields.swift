/// An object whose names are data, such as failures by their type; in the order in which they are given. A name that is
/// given twice stands twice.
public struct OrderedFields<Value: Encodable & Sendable>: Encodable, Sendable {
    private let fields: [(name: String, value: Value)]

    /// - Parameter fields: names and values in their order.
    public init(_ fields: [(name: String, value: Value)]) { self.fields = fields }

    /// Adds to the fields that the encoder has already.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: FieldName.self)
        for field in fields { try container.encode(field.value, forKey: FieldName(stringValue: field.name)) }
    }

    private struct FieldName: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(stringValue: String) { self.stringValue = stringValue }

        init?(intValue: Int) { nil }
    }
}
