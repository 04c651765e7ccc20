import Foundation
import Testing

@testable import Dashboard

/// One recorded request with its answer: `Fixtures/golden/NAME.json`.
struct Golden: Sendable {
    let name: String
    let method: Endpoint.Method
    let path: String
    let query: [String: String]
    /// `.null` for a request without a body.
    let requestBody: JSONValue
    let status: Int
    let body: JSONValue
    /// By table; empty when nothing was changed.
    let changes: [String: JSONValue]

    /// - Parameter name: of the file, without its ending.
    init(_ name: String) throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Fixtures/golden/\(name).json")
        let recorded = try JSONDecoder().decode(JSONValue.self, from: Data(contentsOf: file))
        let request = recorded["request"]
        self.name = name
        method = try #require(request["method"].string.flatMap(Endpoint.Method.init(rawValue:)))
        path = try #require(request["path"].string)
        query = request["query"].members.compactMapValues(\.string)
        requestBody = request["body"]
        status = try #require(recorded["status"].whole)
        body = recorded["body"]
        changes = recorded["db_changes"].members
    }
}

/// Compares two JSON documents by what they say: objects by their names, arrays by their order, numbers with a relative
/// tolerance (1 is 1.0), texts exactly.
struct GoldenComparison {
    /// Differences that are meant, as patterns of paths: `$.notifications[*].id`, where `*` stands for any characters.
    var allowed: [String] = []
    var tolerance = 1e-9

    /// One line for each difference, with its path from `$` on; empty when there is none.
    func differences(expected: JSONValue, actual: JSONValue) -> [String] {
        found(expected, actual, at: "$").filter { difference in
            !allowed.contains { Self.matches(difference.path, $0) }
        }.map { "\($0.path): \($0.what)" }
    }

    /// The same for an answer of the API and what was recorded; the status counts too, as the path `status`.
    func differences(_ golden: Golden, _ answer: Answer) -> [String] {
        let isStatus = answer.status == golden.status || allowed.contains("status")
        let status = isStatus ? [] : ["status: expected \(golden.status), got \(answer.status)"]
        guard let body = try? JSONDecoder().decode(JSONValue.self, from: Data(answer.body)) else {
            return status + ["$: no JSON: \(String(decoding: answer.body.prefix(200), as: UTF8.self))"]
        }
        return status + differences(expected: golden.body, actual: body)
    }

    private typealias Difference = (path: String, what: String)

    private func found(_ expected: JSONValue, _ actual: JSONValue, at path: String) -> [Difference] {
        switch (expected, actual) {
        case (.object(let expected), .object(let actual)):
            return Set(expected.keys).union(actual.keys).sorted().flatMap { name -> [Difference] in
                let path = "\(path).\(name)"
                guard let left = expected[name] else { return [(path, "not expected, got \(actual[name].shown)")] }
                guard let right = actual[name] else { return [(path, "missing, expected \(left.shown)")] }
                return found(left, right, at: path)
            }
        case (.list(let expected), .list(let actual)):
            let common = zip(expected, actual).enumerated().flatMap { index, pair in
                found(pair.0, pair.1, at: "\(path)[\(index)]")
            }
            guard expected.count != actual.count else { return common }
            return common + [(path, "expected \(expected.count) elements, got \(actual.count)")]
        default:
            if expected == actual { return [] }
            if let left = expected.asDouble, let right = actual.asDouble, isNear(left, right) { return [] }
            return [(path, "expected \(expected.shown), got \(actual.shown)")]
        }
    }

    private func isNear(_ left: Double, _ right: Double) -> Bool {
        left == right || abs(left - right) <= tolerance * max(abs(left), abs(right))
    }

    /// Whether a path fits a pattern, in which `*` stands for any characters, or none.
    static func matches(_ path: String, _ pattern: String) -> Bool {
        let parts = pattern.split(separator: "*", omittingEmptySubsequences: false)
        guard parts.count > 1, let first = parts.first, let last = parts.last else { return path == pattern }
        guard path.count >= first.count + last.count, path.hasPrefix(first), path.hasSuffix(last) else { return false }
        var rest = path.dropFirst(first.count).dropLast(last.count)
        for part in parts.dropFirst().dropLast() where !part.isEmpty {
            guard let range = rest.firstRange(of: part) else { return false }
            rest = rest[range.upperBound...]
        }
        return true
    }
}

extension JSONValue {
    /// `.null` for what is not there.
    subscript(name: String) -> JSONValue { members[name] ?? .null }
    subscript(index: Int) -> JSONValue { elements.indices.contains(index) ? elements[index] : .null }

    var members: [String: JSONValue] { if case .object(let members) = self { members } else { [:] } }
    var elements: [JSONValue] { if case .list(let elements) = self { elements } else { [] } }
    var string: String? { if case .text(let text) = self { text } else { nil } }
    var whole: Int? { if case .integer(let integer) = self { integer } else { nil } }

    var asDouble: Double? {
        switch self {
        case .integer(let integer): Double(integer)
        case .number(let number): number
        default: nil
        }
    }

    fileprivate var shown: String {
        guard let data = try? JSONEncoder().encode(self) else { return "\(self)" }
        return String(String(decoding: data, as: UTF8.self).prefix(200))
    }
}

extension JSONValue? {
    fileprivate var shown: String { self?.shown ?? "nothing" }
}

@Suite struct GoldenComparisonTests {
    private func differences(_ left: String, _ right: String, _ allowed: [String] = []) throws -> [String] {
        let values = try [left, right].map { try JSONDecoder().decode(JSONValue.self, from: Data($0.utf8)) }
        return GoldenComparison(allowed: allowed).differences(expected: values[0], actual: values[1])
    }

    @Test func `equal documents differ in nothing, whatever the order of names and the spelling of numbers`() throws {
        #expect(try differences(#"{"a": 1, "b": [1.5, null]}"#, #"{"b": [1.5000000000001, null], "a": 1.0}"#) == [])
        #expect(try differences("[]", "[]") == [])
    }

    @Test func `each difference is told with its path`() throws {
        #expect(
            try differences(#"{"a": 1, "b": [1, "x"], "c": 1}"#, #"{"a": true, "b": [2], "d": null}"#) == [
                "$.a: expected 1, got true", "$.b[0]: expected 1, got 2", "$.b: expected 2 elements, got 1",
                "$.c: missing, expected 1", "$.d: not expected, got null",
            ])
        #expect(try differences("{}", "[]") == ["$: expected {}, got []"])
    }

    @Test func `what is allowed is not told`() throws {
        let (left, right) = (#"{"a": [{"id": 1, "n": 1}]}"#, #"{"a": [{"id": 2, "n": 2}]}"#)
        #expect(try differences(left, right, ["$.a[*].id"]) == ["$.a[0].n: expected 1, got 2"])
        #expect(try differences(left, right, ["$.a*"]) == [])
    }
}
