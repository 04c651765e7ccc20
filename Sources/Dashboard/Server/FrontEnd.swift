import Hummingbird
import Logging

/// The files of the built front end. A path that is no file and no part of the API is a page of it, and gets
/// `index.html`.
struct FrontEnd: Sendable {
    private let files: FileMiddleware<CallContext, LocalFileSystem>

    /// - Parameter folder: what the front end's build wrote; a path that leads out of it is refused.
    init(folder: String, logger: Logger) {
        files = FileMiddleware(folder, searchForIndexHtml: true, logger: logger)
    }

    /// Nil when there is neither the file nor an `index.html`.
    func response(_ request: Request, _ context: CallContext) async throws -> Response? {
        if let response = try await file(request, context) { return response }
        guard request.method == .get, !request.uri.path.hasPrefix("/api/") else { return nil }
        var head = request.head
        head.path = "/index.html"
        return try await file(Request(head: head, body: RequestBody(buffer: .init())), context)
    }

    private func file(_ request: Request, _ context: CallContext) async throws -> Response? {
        do {
            return try await files.handle(request, context: context) { _, _ in throw HTTPError(.notFound) }
        } catch let error as HTTPError {
            guard error.status == .notFound || error.status == .badRequest else { throw error }
            return nil
        }
    }
}
