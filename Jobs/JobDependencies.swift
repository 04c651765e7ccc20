public import Exchange
public import Foundation
public import JobQueue
public import Ledger
import Logging
import Worker

/// The dependencies of the four kinds of job.
public struct JobDependencies: Sendable {
    /// The only source of market data for decisions; only `cache-refresh` reads it from the exchange.
    public let cache: MarketDataCache
    /// The ledger of evaluations, orders and fills.
    public let ledger: Ledger
    /// Enqueues jobs, and returns the time of Redis.
    public let broker: Broker
    /// Makes the exchange for one attempt; the argument is a hook that takes a token before each request.
    let makeExchange: @Sendable (@escaping BeforeRequest) -> any ExchangeClient
    let now: @Sendable () -> Date
    /// The clock that `now` is compared with; nil in tests that change `now`.
    public let hostClock: HostClock?
    /// The bucket of the exchange's requests, as `limits` of the schedule names it.
    public let exchangeLimit: String
    let switches: TradingSwitches

    /// The bucket of the exchange's requests where no setting names another.
    public static let usualExchangeLimit = "coinbase"

    /// - Parameter checksClock: whether jobs wait while `now` and Redis' clock differ by more than two seconds.
    public init(
        cache: MarketDataCache, ledger: Ledger, broker: Broker, now: @escaping @Sendable () -> Date,
        checksClock: Bool = true, exchangeLimit: String = usualExchangeLimit,
        switches: TradingSwitches = TradingSwitches(),
        makeExchange: @escaping @Sendable (@escaping BeforeRequest) -> any ExchangeClient
    ) {
        self.cache = cache
        self.ledger = ledger
        self.broker = broker
        self.now = now
        hostClock = checksClock ? HostClock(broker: broker, now: now) : nil
        self.exchangeLimit = exchangeLimit
        self.switches = switches
        self.makeExchange = makeExchange
    }

    /// Handles a 429: closes the bucket, so that no worker of the fleet calls the exchange before the time that it
    /// named, and postpones the job. The job is also postponed when Redis is away and the bucket stays open: the next
    /// 429 closes it.
    /// - Parameter wait: zero when no token was available, and the exchange has refused no request.
    func refused(for wait: Duration, _ context: JobContext) async -> JobStop {
        if wait > .zero {
            do {
                try await context.close(exchangeLimit, for: wait)
            } catch {
                context.logger.warning("the bucket of the exchange could not be closed: \(error)")
            }
        }
        return .postpone(milliseconds: max(250, wait.milliseconds), reason: "the exchange allows no request now")
    }

    /// The exchange for one attempt: every request waits for a token of the class that the job's queue belongs to.
    func exchange(for context: JobContext) -> any ExchangeClient {
        makeExchange { _ throws(ExchangeError) in try await takeToken(for: context) }
    }

    /// Takes the token of one request.
    /// - Throws: `ExchangeError.rateLimited` when there is none within the time of the attempt.
    func takeToken(for context: JobContext) async throws(ExchangeError) {
        do {
            try await context.take(from: exchangeLimit, for: context.job.queue.description)
        } catch {
            throw .rateLimited(retryAfter: .zero)
        }
    }

    /// The exchange for a request whose token was taken before, so that nothing is waited for between the last check of
    /// an order and its request.
    func paidExchange() -> any ExchangeClient { makeExchange { _ throws(ExchangeError) in } }
}

/// Small JSON objects for results and history.
enum ResultText {
    static func of(_ members: [String: String]) -> String { (try? CompactJSON.text(members)) ?? "{}" }

    /// As the recorded results spell times: ISO 8601 in UTC without a zone.
    static func time(_ time: Date) -> String { String(time.formatted(.iso8601).prefix(19)) }
}
