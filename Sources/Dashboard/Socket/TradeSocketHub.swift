import Synchronization

/// Every open socket, each with a queue of its own, so that a slow client holds up no other.
final class TradeSocketHub: Sendable {
    /// Messages that wait for a client that reads slowly; with one more it is cut off, and connects again.
    static let mostWaiting = 256
    /// Sockets at the same time.
    static let mostClients = 200

    private struct State {
        var clients: [Int: AsyncStream<String>.Continuation] = [:]
        var next = 0
    }

    private let state = Mutex(State())

    /// Joins a client.
    /// - Returns: its number and its messages, which end when it is cut off; nil when there are too many clients.
    func join() -> (number: Int, messages: AsyncStream<String>)? {
        let (messages, continuation) = AsyncStream.makeStream(
            of: String.self, bufferingPolicy: .bufferingOldest(Self.mostWaiting))
        let number: Int? = state.withLock { state in
            guard state.clients.count < Self.mostClients else { return nil }
            state.next += 1
            state.clients[state.next] = continuation
            return state.next
        }
        return number.map { ($0, messages) }
    }

    func leave(_ number: Int) {
        state.withLock { state in state.clients.removeValue(forKey: number) }?.finish()
    }

    /// Queues a message for every client.
    func send(_ text: String) {
        let clients = state.withLock { $0.clients }
        for (number, client) in clients {
            if case .dropped = client.yield(text) { leave(number) }
        }
    }

    /// Ends all sockets.
    func close() {
        let clients = state.withLock { state in
            defer { state.clients = [:] }
            return state.clients
        }
        for client in clients.values { client.finish() }
    }

    var count: Int { state.withLock { $0.clients.count } }
}
