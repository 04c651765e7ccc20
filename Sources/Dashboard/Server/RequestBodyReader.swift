import Foundation
import HTTPTypes
import HummingbirdCore
import NIOCore

/// Reads the JSON of a request, within bounds.
enum RequestBodyReader {
    /// Bytes; the largest body that the dashboard sends has about 1 KiB.
    static let most = 1 << 20

    /// - Throws: `unsupportedMediaType`, `tooLarge`, `invalid`; what reading from the connection throws.
    static func call(_ endpoint: Endpoint, _ request: Request, _ values: [String: ParameterValue]) async throws
        -> EndpointCall
    {
        switch endpoint.body {
        case .none: return EndpointCall(values: values)
        case .object:
            let value = try await value(request)
            guard case .object(let members) = value else { throw wrong(.objectKind, value) }
            return EndpointCall(values: values, body: members)
        case .list:
            let value = try await value(request)
            guard case .list(let elements) = value else { throw wrong(.listKind, value) }
            return EndpointCall(values: values, elements: elements)
        }
    }

    private static func wrong(_ kind: ValidationIssue.Kind, _ value: JSONValue) -> DashboardError {
        .invalid([ValidationIssue(kind, at: [.name("body")], input: value)])
    }

    private static func value(_ request: Request) async throws -> JSONValue {
        guard isJSON(request.headers[.contentType]) else {
            throw DashboardError.unsupportedMediaType("Send the body as JSON, with 'Content-Type: application/json'.")
        }
        let buffer: ByteBuffer
        do {
            buffer = try await request.body.collect(upTo: most)
        } catch is NIOTooManyBytesError {
            throw DashboardError.tooLarge("The body is larger than 1 MiB.")
        }
        let bytes = Data(buffer.readableBytesView)
        guard !bytes.isEmpty else {
            throw DashboardError.invalid([ValidationIssue(.missing, at: [.name("body")], input: .null)])
        }
        do {
            return try JSONDecoder().decode(JSONValue.self, from: bytes)
        } catch {
            throw DashboardError.invalid([
                ValidationIssue(
                    .jsonInvalid("The body is no JSON text."), at: [.name("body"), .index(0)], input: .object([:]))
            ])
        }
    }

    /// Whether the announced length is within bounds.
    static func isWithinBounds(_ request: HTTPRequest) -> Bool {
        guard let text = request.headerFields[.contentLength] else { return true }
        return Int(text).map { $0 <= most } ?? false
    }

    private static func isJSON(_ contentType: String?) -> Bool {
        guard let contentType else { return false }
        let type = contentType.prefix { $0 != ";" }.lowercased().filter { $0 != " " }
        return type == "application/json" || (type.hasPrefix("application/") && type.hasSuffix("+json"))
    }
}
