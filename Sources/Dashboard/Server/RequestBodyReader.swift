import Foundation
import HTTPTypes
import HummingbirdCore
import NIOCore

/// Reads the JSON object of a request, within bounds.
enum RequestBodyReader {
    /// Bytes; the largest body that the dashboard sends has about 1 KiB.
    static let most = 1 << 20

    /// - Throws: `unsupportedMediaType`, `tooLarge`, `invalid`; what reading from the connection throws.
    static func object(_ request: Request) async throws -> [String: JSONValue] {
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
        let value: JSONValue
        do {
            value = try JSONDecoder().decode(JSONValue.self, from: bytes)
        } catch {
            throw DashboardError.invalid([
                ValidationIssue(
                    .jsonInvalid("The body is no JSON text."), at: [.name("body"), .index(0)], input: .object([:]))
            ])
        }
        guard case .object(let members) = value else {
            throw DashboardError.invalid([ValidationIssue(.objectKind, at: [.name("body")], input: value)])
        }
        return members
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
