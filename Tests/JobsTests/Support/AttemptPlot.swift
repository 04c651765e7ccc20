import Exchange
import Synchronization
import Trading

@testable import Worker

/// What befalls one attempt from outside: the death of its worker, an error, something that another does meanwhile.
final class AttemptPlot: Sendable {
    enum Fate: Sendable {
        case goOn
        /// The worker dies: nothing that the attempt does from here on reaches anybody.
        case die
        case fail(ExchangeError)
    }

    typealias Script = @Sendable (ExchangeMoment) async -> Fate

    private struct State {
        var isDead = false
        var steps = 0
        var hiddenLists: Int
        var attempt: Attempt?
    }

    /// The plot of the attempt whose task asks.
    @TaskLocal static var current: AttemptPlot?

    private let state: Mutex<State>
    private let script: Script
    /// The step, of requests and ledger writes counted together from 1, at which the worker dies.
    private let deadlyStep: Int?

    /// - Parameter hiddenLists: so many lists of orders are answered as if nothing was in them yet.
    init(deadlyStep: Int? = nil, hiddenLists: Int = 0, script: @escaping Script = { _ in .goOn }) {
        self.deadlyStep = deadlyStep
        self.script = script
        state = Mutex(State(hiddenLists: hiddenLists))
    }

    var isDead: Bool { state.withLock { $0.isDead } }

    func begin(_ attempt: Attempt) { state.withLock { $0.attempt = attempt } }

    func reach(_ moment: ExchangeMoment) async throws(ExchangeError) {
        step()
        if !isDead {
            switch await script(moment) {
            case .goOn: break
            case .die: die()
            case .fail(let error): throw error
            }
        }
        if isDead { throw .unavailable(during: "a test", reason: "the worker is dead") }
    }

    /// A ledger write is about to happen. It still does; the worker is dead after it.
    func reachLedgerWrite() { step() }

    func hidesOrders() -> Bool {
        state.withLock { state in
            guard state.hiddenLists > 0 else { return false }
            state.hiddenLists -= 1
            return true
        }
    }

    private func step() {
        let isDeadly = state.withLock { state in
            state.steps += 1
            return state.steps == deadlyStep
        }
        if isDeadly { die() }
    }

    private func die() {
        let attempt = state.withLock { state in
            state.isDead = true
            return state.attempt
        }
        // An attempt without its lease settles nothing, as a dead one.
        attempt?.stop(.leaseLost, at: .now)
    }
}

/// What was asked of the exchange, by all attempts of a bench.
final class CallRecord: Sendable {
    private struct State {
        var calls: [ExchangeCall] = []
        var tokens: [RequestClass] = []
        var placed: [OrderRequest] = []
        var candles: [ProductID] = []
        var quotes: [[ProductID]] = []
    }

    private let state = Mutex(State())

    var calls: [ExchangeCall] { state.withLock { $0.calls } }
    /// The requests for which a token was taken.
    var tokens: [RequestClass] { state.withLock { $0.tokens } }
    var placed: [OrderRequest] { state.withLock { $0.placed } }
    var candles: [ProductID] { state.withLock { $0.candles } }
    /// The products of each request for quotes.
    var quotes: [[ProductID]] { state.withLock { $0.quotes } }

    func note(_ call: ExchangeCall) { state.withLock { $0.calls.append(call) } }
    func note(token: RequestClass) { state.withLock { $0.tokens.append(token) } }
    func note(placed order: OrderRequest) { state.withLock { $0.placed.append(order) } }
    func note(candlesOf product: ProductID) { state.withLock { $0.candles.append(product) } }
    func note(quotesOf products: [ProductID]) { state.withLock { $0.quotes.append(products) } }
    func forget() { state.withLock { $0 = State() } }
}
