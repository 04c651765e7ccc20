import CeleryBridge
import Foundation
import Testing

/// What was recorded of Celery's own clients and workers, in `Captures`.
enum Captures {
    /// Name → note, messages as they lay in the list, and what Celery's worker stored for hand-made ones.
    static func messages() throws -> WireObject { try file("messages") }

    /// The first message of a recording.
    static func message(_ name: String) throws -> [UInt8] {
        let recorded = try #require(try messages()[name]?.object?["messages"]?.list?.first?.string, "\(name)")
        return Array(recorded.utf8)
    }

    /// The commands of one recording that begin with `client`, each with its words.
    static func flow(_ name: String, client: String) throws -> [[String]] {
        let commands = try #require(try file("flows")[name]?.object?["commands"]?.list)
        return commands.compactMap { $0.list?.compactMap(\.string) }.filter { $0.first?.hasSuffix(client) == true }
            .map { Array($0.dropFirst()) }
    }

    static func file(_ name: String) throws -> WireObject {
        let url = try #require(
            Bundle.module.url(forResource: name, withExtension: "json", subdirectory: "Captures"))
        return try #require(try WireValue.parse([UInt8](Data(contentsOf: url))).object)
    }
}

extension WireValue {
    /// An envelope with its body decoded, without what each publisher writes anew.
    static func comparable(_ envelope: String) throws -> WireValue {
        guard var object = try WireValue.parse(envelope).object else { return .null }
        let body = try WireValue.parse(Base64.decode(object["body"]?.string ?? ""))
        object["body"] = body
        var headers = object["headers"]?.object ?? WireObject()
        headers["origin"] = .text("")
        object["headers"] = .object(headers)
        var properties = object["properties"]?.object ?? WireObject()
        properties["delivery_tag"] = .text("")
        object["properties"] = .object(properties)
        return .object(object)
    }
}
