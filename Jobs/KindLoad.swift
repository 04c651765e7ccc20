import Foundation

/// The load of one job of a kind, for plans and forecasts. Calls are requests to the exchange, each for a token; the
/// token taken before the claim pays for the first. The numbers follow from the handler beside which they stand.
public struct KindLoad: Sendable {
    /// Orders that follow a job.
    public struct Orders: Sendable {
        /// The average number.
        public let expected: Double
        /// The greatest number.
        public let most: Int
        /// How long a decision may be traded, in milliseconds.
        public static let freshForMilliseconds: Int64 = 300_000

        public init(expected: Double, most: Int) {
            self.expected = expected
            self.most = most
        }
    }

    /// A suffix of the kind's name, such as `candles`; nil where all its jobs have the same load.
    public let variant: String?
    public let calls: Int
    public let orders: Orders?
    /// How long it runs, in milliseconds; nil where that follows from the calls.
    public let runMilliseconds: Int64?

    public init(_ variant: String? = nil, calls: Int = 0, orders: Orders? = nil, runMilliseconds: Int64? = nil) {
        self.variant = variant
        self.calls = calls
        self.orders = orders
        self.runMilliseconds = runMilliseconds
    }
}

/// The arguments of a job, as far as its load depends on them.
public struct LoadArguments: Sendable {
    private struct Members: Decodable {
        var what: String?
        var reconcile: Bool?
        var seconds: Double?
    }

    private let members: Members?

    init(_ json: String) { members = try? JSONDecoder().decode(Members.self, from: Data(json.utf8)) }

    /// The data that a refresh fetches.
    public var what: String? { members?.what }
    /// Whether an execution only settles open orders.
    public var isReconciliation: Bool { members?.reconcile ?? false }
    /// How long a test job sleeps, in seconds.
    public var seconds: Double? { members?.seconds }
}
