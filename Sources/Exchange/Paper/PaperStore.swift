import Foundation
import Redis
import Trading

/// The paper exchange's state in Redis: read whole, written by compare-and-set.
struct PaperStore: Sendable {
    enum Commit: Sendable {
        case done
        /// Another process was quicker: read again.
        case conflict
        /// The new order exists already, as given.
        case exists(PaperOrder)
    }

    private static let commit = RedisScript(
        name: "commit_paper", source: String(decoding: PackageResources.commit_paper_lua, as: UTF8.self))

    let redis: RedisClient
    let startingCash: Amount
    let cashCurrency: String
    private var names: PaperKeys { PaperKeys(redis.namespace) }

    /// Balances and resting orders, and the order `id` if it is terminal. One round trip.
    func read(order id: String? = nil) async throws(PaperStoreFailure) -> (state: PaperState, closed: PaperOrder?) {
        var commands: [RedisCommand] = [
            RedisCommand("HGETALL", .text(names.account)), RedisCommand("HGETALL", .text(names.open)),
        ]
        if let id { commands.append(RedisCommand("HGET", .text(names.closed), .text(id))) }
        do {
            let replies = try await redis.pipeline(commands)
            let account = try replies[0].pairs(of: "HGETALL account")
            var open: [String: PaperOrder] = [:]
            for (id, record) in try replies[1].pairs(of: "HGETALL open") {
                open[id] = try decode(try record.bytes(of: "HGETALL open"), id)
            }
            let closed = id == nil ? nil : try replies[2].optionalBytes(of: "HGET closed")
            return (try state(account, open), try closed.map { try decode($0, id ?? "") })
        } catch {
            throw PaperStoreFailure(error)
        }
    }

    /// The newest 1,000 terminal orders created at or after `sinceMs`, newest first.
    func closed(sinceMs: Int) async throws(PaperStoreFailure) -> [PaperOrder] {
        do {
            let ids = try await redis.send(
                RedisCommand("ZREVRANGEBYSCORE", .text(names.timeline), "+inf", .integer(sinceMs), "LIMIT", 0, 1000)
            ).strings(of: "ZREVRANGEBYSCORE timeline")
            if ids.isEmpty { return [] }
            let words: [RedisWord] = ["HMGET", .text(names.closed)]
            let records = try await redis.send(RedisCommand(words + ids.map { .text($0) })).array(of: "HMGET closed")
            return try zip(ids, records).compactMap { id, record in
                try record.optionalBytes(of: "HMGET closed").map { try decode($0, id) }
            }
        } catch {
            throw PaperStoreFailure(error)
        }
    }

    /// Writes what `state` has changed, if no other process wrote since it was read.
    func commit(_ state: PaperState) async throws(PaperStoreFailure) -> Commit {
        do {
            let keys = [names.account, names.open, names.closed, names.timeline]
            let reply = try await redis.run(Self.commit, keys: keys, arguments: try arguments(of: state))
            let values = try reply.array(of: "commit_paper")
            switch try values.first?.int(of: "commit_paper") {
            case 1: return .done
            case 2 where values.count == 2:
                return .exists(try decode(try values[1].bytes(of: "commit_paper"), state.newOrder?.id ?? ""))
            case _: return .conflict
            }
        } catch {
            throw PaperStoreFailure(error)
        }
    }

    private func arguments(of state: PaperState) throws -> [RedisWord] {
        var words: [RedisWord] = [
            .integer(state.version), .text(state.newOrder?.id ?? ""), .integer(state.newOrder?.createdMs ?? 0),
            .integer(PaperKeys.closedLimit),
        ]
        // The first commit writes the starting cash, whatever it changes.
        let currencies = state.version == 0 ? Set(state.balances.keys) : state.changedCurrencies
        words.append(.integer(currencies.count * 2))
        for currency in currencies.sorted() {
            let balance = state.balance(currency)
            words += [.text(PaperKeys.available(currency)), .text(balance.available.description)]
            words += [.text(PaperKeys.hold(currency)), .text(balance.hold.description)]
        }
        let encoder = JSONEncoder()
        for order in state.changedOrders.values.sorted(by: { $0.id < $1.id }) {
            words += [.text(order.id), order.status.isTerminal ? "closed" : "open"]
            words.append(.bytes([UInt8](try encoder.encode(order))))
        }
        return words
    }

    private func state(
        _ account: [(name: String, value: RedisValue)], _ open: [String: PaperOrder]
    ) throws -> PaperState {
        var version = 0
        var balances: [String: PaperState.Balance] = [:]
        for (name, value) in account {
            let words = name.split(separator: ":", maxSplits: 1).map(String.init)
            switch (words.first ?? "", words.last ?? "") {
            case ("version", _): version = try value.int(of: "account version")
            case ("available", let currency):
                balances[currency, default: .init()].available = try Amount(value.string(of: name))
            case ("hold", let currency):
                balances[currency, default: .init()].hold = try Amount(value.string(of: name))
            case _:
                throw ExchangeError.unreadable(what: "field \(name) of \(names.account)", reason: "unknown name")
            }
        }
        if version == 0 { balances = [cashCurrency: PaperState.Balance(available: startingCash)] }
        return PaperState(version: version, balances: balances, open: open)
    }

    private func decode(_ record: [UInt8], _ id: String) throws -> PaperOrder {
        do {
            return try JSONDecoder().decode(PaperOrder.self, from: Data(record))
        } catch {
            throw ExchangeError.unreadable(what: "order \(id) of the paper exchange", reason: "\(error)")
        }
    }
}

/// Why the state could not be read or written.
struct PaperStoreFailure: Error {
    let reason: String
    /// The write may have happened.
    let mayHaveRun: Bool
    private let error: ExchangeError?

    init(_ error: any Error) {
        reason = "\(error)"
        mayHaveRun = (error as? RedisError)?.mayHaveRun ?? false
        self.error = error as? ExchangeError
    }

    /// For requests that may be repeated as they are.
    func exchangeError(during operation: String) -> ExchangeError {
        error ?? .unavailable(during: operation, reason: reason)
    }
}
