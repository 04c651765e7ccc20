import NIOCore
import Synchronization

/// Who gets the next replies of a connection.
enum ReplyReceiver: Sendable {
    /// One reply, for a task.
    case one(CheckedContinuation<Result<RedisValue, RedisError>, Never>)
    /// The next `count` replies together.
    case many(count: Int, @Sendable (Result<[RedisValue], RedisError>) -> Void)

    var count: Int {
        switch self {
        case .one: 1
        case .many(let count, _): count
        }
    }

    func fail(_ error: RedisError) {
        switch self {
        case .one(let continuation): continuation.resume(returning: .failure(error))
        case .many(_, let finish): finish(.failure(error))
        }
    }
}

/// Requests from any thread on their way to the event loop, which takes all of them at once: one wake-up and one write
/// for whatever was submitted in the meantime. Guards the bytes, their receivers and the number of replies still owed.
final class Outbox: Sendable {
    struct Batch {
        var bytes: ByteBuffer
        var receivers: [(receiver: ReplyReceiver, timeout: Duration)]
    }

    enum Submission {
        /// The caller must have the outbox emptied on the event loop.
        case firstOfBatch
        case joinedBatch
        case refused(RedisError)
    }

    private struct State {
        var bytes = ByteBuffer()
        var receivers: [(receiver: ReplyReceiver, timeout: Duration)] = []
        var owed = 0
        var emptyingScheduled = false
        var closed: RedisError?
    }

    private let state = Mutex(State())
    private let requestLimit: Int
    private let byteLimit: Int

    init(requestLimit: Int, byteLimit: Int) {
        self.requestLimit = requestLimit
        self.byteLimit = byteLimit
    }

    /// Encodes a request and remembers who waits for it. A refused request leaves nothing behind and its receiver
    /// uncalled.
    func submit(
        _ receiver: ReplyReceiver?, timeout: Duration, encode: (inout ByteBuffer) -> Void
    ) -> Submission {
        state.withLock { state in
            if let closed = state.closed { return .refused(closed) }
            let count = receiver?.count ?? 0
            guard state.owed + count <= requestLimit else { return .refused(.tooManyRequests(limit: requestLimit)) }
            let before = state.bytes.writerIndex
            encode(&state.bytes)
            guard state.bytes.readableBytes <= byteLimit else {
                state.bytes.moveWriterIndex(to: before)
                return .refused(.requestTooLarge(limit: byteLimit))
            }
            if let receiver { state.receivers.append((receiver, timeout)) }
            state.owed += count
            if state.emptyingScheduled { return .joinedBatch }
            state.emptyingScheduled = true
            return .firstOfBatch
        }
    }

    /// Everything submitted since the last call. For the event loop.
    func takeBatch() -> Batch {
        state.withLock { state in
            let batch = Batch(bytes: state.bytes, receivers: state.receivers)
            state.bytes = ByteBuffer()
            state.receivers = []
            state.emptyingScheduled = false
            return batch
        }
    }

    /// Replies have arrived, which makes room for as many requests.
    func settle(_ count: Int) {
        state.withLock { $0.owed = max($0.owed - count, 0) }
    }

    /// Refuses every later request with this error and gives back the receivers of those never written. The first error
    /// stays.
    func close(_ error: RedisError) -> [ReplyReceiver] {
        state.withLock { state in
            if state.closed == nil { state.closed = error }
            let receivers = state.receivers.map(\.receiver)
            state.receivers = []
            state.bytes = ByteBuffer()
            state.owed = 0
            return receivers
        }
    }

    /// Replies still to come.
    var owed: Int { state.withLock { $0.owed } }
}
