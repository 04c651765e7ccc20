public import JobQueue

/// What lies outside of the queue: an answer about a bot or an order, and where the rest of it is found.
public struct WhyStanding: Sendable {
    /// Something else that the subject waits for.
    public enum Next: Sendable, Equatable {
        /// The job that does the work.
        case job(JobID)
        /// The schedule entry, or `entry#entity`, that enqueues the work.
        case schedule(String)
        /// The queue that the work goes through.
        case queue(QueueName)
    }

    /// As the subject is called, such as `7`.
    public let name: String
    public let answer: WhyAnswer
    /// Asked for the true cause; `answer` stands when everything is in order there.
    public let next: Next?

    /// - Parameter next: nil when the answer is complete.
    public init(name: String, answer: WhyAnswer, next: Next? = nil) {
        self.name = name
        self.answer = answer
        self.next = next
    }
}

/// What `WhyLookup` asks of the program around it.
public struct WhySources: Sendable {
    let view: FleetView
    let options: [String]
    let bots: @Sendable () async -> [String]
    let bot: @Sendable (String, [WorkerReport]) async throws -> WhyStanding?
    let order: @Sendable (String) async throws -> WhyStanding?

    /// - Parameters:
    ///   - options: what the printed commands need to reach this fleet, as words of a command line.
    ///   - bots: the names and ids of all bots, for suggestions; empty when they are not known here.
    ///   - bot: one bot by its id or name, given the live workers; nil when there is none, or no ledger here.
    ///   - order: one order by its client id or the exchange's; nil when there is none, or no ledger here.
    public init(
        _ view: FleetView, options: [String], bots: @escaping @Sendable () async -> [String],
        bot: @escaping @Sendable (String, [WorkerReport]) async throws -> WhyStanding?,
        order: @escaping @Sendable (String) async throws -> WhyStanding?
    ) {
        self.view = view
        self.options = options
        self.bots = bots
        self.bot = bot
        self.order = order
    }
}
