package import Logging
package import Redis
import ServiceLifecycle

/// Listens for control requests of Celery's clients and answers them, one after another.
///
/// The channel has no authentication: all clients that may publish can ask. What changes something goes through
/// `ControlActions`, which decides how far.
package struct ControlService: Service {
    private let node: CeleryNode
    private let broker: RedisClient
    private let logger: Logger
    private let names: BroadcastNames
    private let panel: ControlPanel

    /// Seconds that an answer is kept for a client that no longer waits for it.
    static let replyLifetime = 60

    /// Listens to nothing yet.
    /// - Parameters:
    ///   - broker: on the broker's database, where the lists of replies are.
    ///   - events: sends the heartbeat that a request may ask for.
    ///   - allowsChanges: false for `control: read-only`.
    package init(
        node: CeleryNode, broker: RedisClient, actions: any ControlActions, events: EventSender, allowsChanges: Bool,
        logger: Logger
    ) {
        self.node = node
        self.broker = broker
        self.logger = logger
        names = BroadcastNames(node.profile.broker)
        panel = ControlPanel(
            node: node, actions: actions, allowsChanges: allowsChanges, beat: { await events.beat() },
            findSender: { await SenderTrace(broker: broker).hosts() })
    }

    /// Answers until the task is cancelled or a graceful shutdown begins.
    package func run() async throws {
        await cancelWhenGracefulShutdown {
            let subscription = broker.subscription(to: [names.control])
            defer { subscription.close() }
            for await event in subscription {
                if case .message(let message) = event { await take(message.payload) }
            }
        }
    }

    /// One request, whatever its bytes are.
    func take(_ bytes: [UInt8]) async {
        let request: ControlRequest
        do {
            request = try ControlRequest(bytes)
        } catch {
            return logger.warning("celery control: ignored", metadata: ["reason": "\(error.sentence)"])
        }
        node.clock.receive(request.clock)
        guard request.isFor(node.name) else { return }
        let answer = await panel.answer(request)
        if let address = request.reply, let answer { await reply(answer, to: address) }
    }

    private func reply(_ answer: WireValue, to address: ControlRequest.ReplyAddress) async {
        do {
            // A client that has left took its binding with it, and nobody would delete the list.
            let binding = names.replyBinding(of: address.routingKey)
            let waits = try await broker.send(["SISMEMBER", .text(names.replyBindings), .text(binding)])
            guard try waits.int(of: "SISMEMBER") == 1 else { return }
            let list = names.replyList(of: address.routingKey)
            let replies = try await broker.pipeline([
                ["LPUSH", .text(list), .bytes(message(answer, to: address))],
                ["EXPIRE", .text(list), .integer(Self.replyLifetime)],
            ])
            for reply in replies { _ = try reply.checked() }
        } catch {
            logger.warning("celery control: not answered", metadata: ["error": "\(error)"])
        }
    }

    private func message(_ answer: WireValue, to address: ControlRequest.ReplyAddress) -> [UInt8] {
        var writer = WireWriter()
        writer.value(ControlPanel.object([(node.name, answer)]))
        let headers = WireObject([("ticket", address.ticket), ("clock", .number(String(node.clock.send())))])
        return BroadcastEnvelope(
            body: writer.bytes, headers: headers, exchange: BroadcastNames.replyExchange,
            routingKey: address.routingKey
        ).json
    }
}
