import Foundation

@testable import Dashboard

/// Calls an endpoint without a server: finds it by method and path, checks the parameters and the body, and runs it.
struct DirectCaller: Sendable {
    let endpoints: [Endpoint]

    struct NoEndpoint: Error {
        let method: String
        let path: String
    }

    /// - Parameters:
    ///   - path: with or without a slash at its end.
    ///   - body: JSON text; nil for none.
    /// - Throws: `NoEndpoint`, and what an endpoint throws beside errors of the API.
    func call(
        _ method: Endpoint.Method, _ path: String, query: [String: String] = [:], body: String? = nil
    ) async throws -> Answer {
        let parts = Self.parts(of: path)
        // A word of a path goes before a parameter.
        let fitting = endpoints.filter { $0.method == method && Self.fits(Self.parts(of: $0.path), parts) }
        guard let endpoint = fitting.min(by: { Self.parameterCount($0) < Self.parameterCount($1) }) else {
            throw NoEndpoint(method: method.rawValue, path: path)
        }
        do {
            return try await endpoint.respond(try checked(endpoint, parts, query, body))
        } catch let error as DashboardError {
            return error.answer
        } catch let issue as ValidationIssue {
            return DashboardError.invalid([issue]).answer
        }
    }

    private func checked(
        _ endpoint: Endpoint, _ parts: [Substring], _ query: [String: String], _ body: String?
    ) throws -> EndpointCall {
        var (values, issues): ([String: ParameterValue], [ValidationIssue]) = ([:], [])
        let names = Self.parts(of: endpoint.path)
        for parameter in endpoint.parameters {
            let place = names.firstIndex { $0 == "{\(parameter.name)}" }
            let text = parameter.place == .path ? place.map { String(parts[$0]) } : query[parameter.name]
            do throws(ValidationIssue) {
                values[parameter.name] = try parameter.value(text)
            } catch {
                issues.append(error)
            }
        }
        guard issues.isEmpty else { throw DashboardError.invalid(issues) }
        switch (endpoint.body, body.flatMap { try? JSONDecoder().decode(JSONValue.self, from: Data($0.utf8)) }) {
        case (.none, _): return EndpointCall(values: values)
        case (_, nil): throw ValidationIssue(.missing, at: [.name("body")], input: .null)
        case (.object, .object(let members)?): return EndpointCall(values: values, body: members)
        case (.object, let other?): throw ValidationIssue(.objectKind, at: [.name("body")], input: other)
        case (.list, .list(let elements)?): return EndpointCall(values: values, elements: elements)
        case (.list, let other?): throw ValidationIssue(.listKind, at: [.name("body")], input: other)
        }
    }

    private static func parts(of path: String) -> [Substring] { path.split(separator: "/") }

    private static func fits(_ template: [Substring], _ parts: [Substring]) -> Bool {
        template.count == parts.count && zip(template, parts).allSatisfy { $0.hasPrefix("{") || $0 == $1 }
    }

    private static func parameterCount(_ endpoint: Endpoint) -> Int { endpoint.path.count { $0 == "{" } }
}
