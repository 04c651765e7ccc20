import Synchronization

/// How many requests each route answered, and how long they took, for `/metrics`.
///
/// Routes are those of the table, so their number is bounded; what no route knows counts as `none`.
final class RequestCounts: Sendable {
    struct Key: Hashable, Sendable {
        let route, method: String
        /// Such as `2xx`.
        let status: String
    }

    struct Count: Sendable, Equatable {
        var requests = 0
        var seconds = 0.0
    }

    private let counts = Mutex<[Key: Count]>([:])
    private static let methods: Set<String> = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"]

    func count(route: String, method: String, status: Int, seconds: Double) {
        let key = Key(
            route: route, method: Self.methods.contains(method) ? method : "other", status: "\(status / 100)xx")
        counts.withLock { counts in
            counts[key, default: Count()].requests += 1
            counts[key, default: Count()].seconds += seconds
        }
    }

    /// In a fixed order.
    var all: [(key: Key, count: Count)] {
        counts.withLock { counts in
            counts.sorted {
                ($0.key.route, $0.key.method, $0.key.status) < ($1.key.route, $1.key.method, $1.key.status)
            }
            .map { ($0.key, $0.value) }
        }
    }
}
