import Foundation

/// What one job of a kind asks of the fleet: plans and forecasts count with it. Calls are requests to the exchange,
/// each for a token; the first is paid by what the job waited for in its queue. They are read off the handler, beside
/// which they stand.
public struct KindLoad: Sendable {
    /// Orders that follow a job.
    public struct Orders: Sendable {
        /// On average.
        public let expected: Double
        /// At the worst.
        public let most: Int
        /// After how long a decision is not traded any more, in milliseconds.
        public static let freshForMilliseconds: Int64 = 300_000

        public init(expected: Double, most: Int) {
            self.expected = expected
            self.most = most
        }
    }

    /// What is added to the kind's name, such as `candles`; nil where all its jobs are alike.
    public let variant: String?
    public let calls: Int
    public let orders: Orders?
    /// How long it runs, in milliseconds; nil where that goes by the calls.
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

    /// Which data a refresh is for.
    public var what: String? { members?.what }
    /// Whether an execution only settles what is open.
    public var isReconciliation: Bool { members?.reconcile ?? false }
    /// How long a test job sleeps, in seconds.
    public var seconds: Double? { members?.seconds }
}
