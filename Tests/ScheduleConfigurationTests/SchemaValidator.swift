import Foundation

/// Just so much of JSON Schema 2020-12 as `ops/schedules.schema.json` uses. A keyword that is not known here is an
/// error: what the tests do not understand they cannot vouch for.
struct SchemaValidator {
    enum Failure: Error { case unknownKeyword(String), unreadable }

    private let root: [String: Any]
    private let patterns: [String: Regex<AnyRegexOutput>]

    private static let silent: Set<String> = ["$schema", "$defs", "title", "description", "default", "examples"]
    private static let known: Set<String> = [
        "$ref", "type", "enum", "const", "pattern", "minLength", "maxLength", "minimum", "maximum", "minItems",
        "maxItems", "uniqueItems", "items", "properties", "required", "additionalProperties", "propertyNames", "anyOf",
        "oneOf", "allOf", "not", "if", "then", "else",
    ]

    init(_ data: Data) throws {
        guard let root = try JSONSerialization.jsonObject(with: data) as? [String: Any] else {
            throw Failure.unreadable
        }
        self.root = root
        var texts: Set<String> = []
        try Self.walk(root, &texts)
        for definition in (root["$defs"] as? [String: Any] ?? [:]).values { try Self.walk(definition, &texts) }
        patterns = try Dictionary(uniqueKeysWithValues: texts.map { ($0, try Regex($0)) })
    }

    /// Whether the instance is valid.
    func accepts(_ instance: SchemaValue) -> Bool { accepts(instance, root) }

    private static func walk(_ schema: Any, _ patterns: inout Set<String>) throws {
        guard let schema = schema as? [String: Any] else { return }
        for (key, value) in schema where !silent.contains(key) {
            guard known.contains(key) else { throw Failure.unknownKeyword(key) }
            if key == "pattern" { patterns.insert(value as? String ?? "") }
            switch key {
            case "properties": for inner in (value as? [String: Any] ?? [:]).values { try walk(inner, &patterns) }
            case "anyOf", "oneOf", "allOf": for inner in value as? [Any] ?? [] { try walk(inner, &patterns) }
            default: try walk(value, &patterns)
            }
        }
    }

    private func accepts(_ value: SchemaValue, _ schema: Any?) -> Bool {
        guard let schema = schema as? [String: Any] else { return (schema as? Bool) ?? true }
        if let name = (schema["$ref"] as? String)?.split(separator: "/").last {
            let definition = (root["$defs"] as? [String: Any])?[String(name)]
            guard definition != nil, accepts(value, definition) else { return false }
        }
        return isTyped(value, schema) && isListed(value, schema) && isInRange(value, schema)
            && hasRightItems(value, schema) && hasRightMembers(value, schema) && isCombined(value, schema)
    }

    private func isTyped(_ value: SchemaValue, _ schema: [String: Any]) -> Bool {
        guard let type = schema["type"] else { return true }
        return (type as? [String] ?? [type as? String ?? ""]).contains { name in
            switch (name, value) {
            case ("null", .null), ("boolean", .truth), ("string", .text), ("number", .number), ("array", .list),
                ("object", .members):
                true
            case ("integer", .number(let number)): number == number.rounded()
            default: false
            }
        }
    }

    private func isListed(_ value: SchemaValue, _ schema: [String: Any]) -> Bool {
        if let values = schema["enum"] as? [Any], !values.contains(where: { SchemaValue($0) == value }) { return false }
        if let constant = schema["const"], SchemaValue(constant) != value { return false }
        return true
    }

    private func isInRange(_ value: SchemaValue, _ schema: [String: Any]) -> Bool {
        if case .number(let number) = value {
            if let minimum = schema["minimum"] as? Double, number < minimum { return false }
            if let maximum = schema["maximum"] as? Double, number > maximum { return false }
        }
        if case .text(let text) = value {
            let length = text.unicodeScalars.count
            if let least = schema["minLength"] as? Int, length < least { return false }
            if let most = schema["maxLength"] as? Int, length > most { return false }
            if let pattern = (schema["pattern"] as? String).flatMap({ patterns[$0] }) {
                return text.firstMatch(of: pattern) != nil
            }
        }
        return true
    }

    private func hasRightItems(_ value: SchemaValue, _ schema: [String: Any]) -> Bool {
        guard case .list(let items) = value else { return true }
        if let least = schema["minItems"] as? Int, items.count < least { return false }
        if let most = schema["maxItems"] as? Int, items.count > most { return false }
        if schema["uniqueItems"] as? Bool == true, Set(items).count < items.count { return false }
        return items.allSatisfy { accepts($0, schema["items"]) }
    }

    private func hasRightMembers(_ value: SchemaValue, _ schema: [String: Any]) -> Bool {
        guard case .members(let members) = value else { return true }
        for name in schema["required"] as? [String] ?? [] where members[name] == nil { return false }
        let properties = schema["properties"] as? [String: Any] ?? [:]
        for (name, member) in members {
            if !accepts(.text(name), schema["propertyNames"]) { return false }
            if !accepts(member, properties[name] ?? schema["additionalProperties"]) { return false }
        }
        return true
    }

    private func isCombined(_ value: SchemaValue, _ schema: [String: Any]) -> Bool {
        func count(_ key: String) -> Int? {
            (schema[key] as? [Any]).map { all in all.count(where: { accepts(value, $0) }) }
        }
        if count("anyOf") == 0 { return false }
        if let one = count("oneOf"), one != 1 { return false }
        if let all = count("allOf"), all != (schema["allOf"] as? [Any])?.count { return false }
        if let not = schema["not"], accepts(value, not) { return false }
        guard let condition = schema["if"] else { return true }
        return accepts(value, schema[accepts(value, condition) ? "then" : "else"])
    }
}

/// A JSON value as a schema sees it.
indirect enum SchemaValue: Hashable, Sendable {
    case null
    case truth(Bool)
    case number(Double)
    case text(String)
    case list([SchemaValue])
    case members([String: SchemaValue])

    init(_ value: Any) {
        switch value {
        case let text as String: self = .text(text)
        case let number as NSNumber:
            self = String(cString: number.objCType) == "c" ? .truth(number.boolValue) : .number(number.doubleValue)
        case let list as [Any]: self = .list(list.map { SchemaValue($0) })
        case let members as [String: Any]: self = .members(members.mapValues { SchemaValue($0) })
        default: self = .null
        }
    }

    /// JSON, which is YAML too.
    var json: String {
        switch self {
        case .null: "null"
        case .truth(let value): "\(value)"
        case .number(let number): number == number.rounded() && abs(number) < 1e15 ? "\(Int(number))" : "\(number)"
        case .text(let text): Self.quoted(text)
        case .list(let values): "[" + values.map(\.json).joined(separator: ", ") + "]"
        case .members(let members):
            "{"
                + members.sorted { $0.key < $1.key }.map { "\(Self.quoted($0.key)): \($0.value.json)" }
                .joined(separator: ", ") + "}"
        }
    }

    private static func quoted(_ text: String) -> String {
        "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }
}
