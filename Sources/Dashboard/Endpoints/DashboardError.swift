import Documents

/// Why a request is refused, in the shapes that the dashboard knows.
enum DashboardError: Error, Sendable, Equatable {
    case badRequest(String)
    case forbidden(String)
    case notFound(String)
    case methodNotAllowed(allowed: [String])
    case gone(String)
    case conflict(String)
    case tooLarge(String)
    case unsupportedMediaType(String)
    case invalid([ValidationIssue])
    case upgradeRequired(String)
    case notImplemented(String)
    /// Something that the request needs cannot be reached: a sentence that names it.
    case unavailable(String)

    var status: Int {
        switch self {
        case .badRequest: 400
        case .forbidden: 403
        case .notFound: 404
        case .methodNotAllowed: 405
        case .conflict: 409
        case .gone: 410
        case .tooLarge: 413
        case .unsupportedMediaType: 415
        case .invalid: 422
        case .upgradeRequired: 426
        case .notImplemented: 501
        case .unavailable: 503
        }
    }

    /// Whether no endpoint here serves the request, so that another backend may.
    var isOfNoRoute: Bool {
        switch self {
        case .notImplemented, .methodNotAllowed: true
        case .notFound(let text): text == Self.noRoute
        default: false
        }
    }

    /// What a path gets that no endpoint has.
    static let noRoute = "Not Found"

    var answer: Answer {
        switch self {
        case .invalid(let issues): .document(ErrorDetailDocument(issues.map(\.document)), status: status)
        case .methodNotAllowed: .document(ErrorDetailDocument("Method Not Allowed"), status: status)
        case .badRequest(let text), .forbidden(let text), .notFound(let text), .gone(let text), .conflict(let text),
            .tooLarge(let text), .unsupportedMediaType(let text), .upgradeRequired(let text), .notImplemented(let text),
            .unavailable(let text):
            .document(ErrorDetailDocument(text), status: status)
        }
    }
}
