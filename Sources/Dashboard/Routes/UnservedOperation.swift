/// An operation of the old backend that is not served here, and why.
struct UnservedOperation: Sendable, Equatable {
    let method: Endpoint.Method
    let path: String
    /// A sentence for the client.
    let reason: String
}

extension Endpoint {
    /// Answers 501 with the reason, so that a caller knows the difference to a path that never was.
    static func unserved(_ operations: [UnservedOperation]) -> [Endpoint] {
        operations.map { operation in
            Endpoint(
                operation.method, operation.path, "Not served: \(operation.reason)",
                operation.path.split(separator: "/").filter { $0.hasPrefix("{") }
                    .map { .path(String($0.dropFirst().dropLast()), .text) }
            ) { _ in throw DashboardError.notImplemented(operation.reason) }
        }
    }
}
