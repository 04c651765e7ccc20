import Foundation
import JobQueue
import Worker

/// Does nothing.
struct NoopTestJob: Job {
    func run(_ payload: RawArguments, in context: JobContext) async throws -> JobOutput { JobOutput() }
}

/// Returns its arguments.
struct EchoTestJob: Job {
    func run(_ payload: RawArguments, in context: JobContext) async throws -> JobOutput {
        JobOutput(result: String(decoding: payload.json, as: UTF8.self))
    }
}

/// Sleeps `seconds`, and stops when it is cancelled.
struct SleepTestJob: Job {
    struct Payload: Decodable, Sendable {
        var seconds: Double
        enum CodingKeys: String, CodingKey, CaseIterable { case seconds }
    }

    static let arguments: ArgumentRules? = ArgumentRules(
        of: Payload.CodingKeys.self,
        [.number("seconds", 0...86_400, required: true, allowed: "Use a number from 0 to 86400, such as 0.5.")])

    func run(_ payload: Payload, in context: JobContext) async throws -> JobOutput {
        guard payload.seconds >= 0, payload.seconds <= 86_400 else {
            throw JobStop.refuse(type: "bad-arguments", message: "seconds is \(payload.seconds). Use 0 to 86400.")
        }
        try await context.sleep(for: .seconds(payload.seconds))
        return JobOutput(result: "\(payload.seconds)")
    }
}

/// Fails `times` times, or always, then succeeds.
struct FailTestJob: Job {
    struct Payload: Decodable, Sendable {
        var message: String?
        var times: Int?
        enum CodingKeys: String, CodingKey, CaseIterable { case message, times }
    }

    static let arguments: ArgumentRules? = ArgumentRules(
        of: Payload.CodingKeys.self,
        [.text("message", allowed: "Use a text."), .integer("times", .min ... .max, example: 2)])

    struct Failure: Error, CustomStringConvertible { let description: String }

    func run(_ payload: Payload, in context: JobContext) async throws -> JobOutput {
        guard context.attempt > payload.times ?? .max else {
            throw Failure(description: payload.message ?? "told to fail")
        }
        return JobOutput(result: "\(context.attempt)")
    }
}

/// Kills its own process `times` times, or always.
struct CrashTestJob: Job {
    struct Payload: Decodable, Sendable {
        var times: Int?
        enum CodingKeys: String, CodingKey, CaseIterable { case times }
    }

    static let arguments: ArgumentRules? = ArgumentRules(
        of: Payload.CodingKeys.self, [.integer("times", .min ... .max, example: 2)])

    func run(_ payload: Payload, in context: JobContext) async throws -> JobOutput {
        if context.job.envelope.strikes < payload.times ?? .max { kill(getpid(), SIGKILL) }
        return JobOutput(result: "\(context.job.envelope.strikes)")
    }
}

/// Appends `value` to the Redis list `key`, then sleeps `milliseconds`.
struct RecordTestJob: Job {
    struct Payload: Decodable, Sendable {
        var key: String
        /// `{id}` stands for the job's id.
        var value: String
        var milliseconds: Int?
        enum CodingKeys: String, CodingKey, CaseIterable { case key, value, milliseconds }
    }

    static let arguments: ArgumentRules? = ArgumentRules(
        of: Payload.CodingKeys.self,
        [
            .text("key", required: true, allowed: "Use the name of a Redis list."),
            .text("value", required: true, allowed: "Use a text."),
            .integer("milliseconds", .min ... .max, example: 50),
        ])

    let broker: Broker

    func run(_ payload: Payload, in context: JobContext) async throws -> JobOutput {
        do throws(JobQueueError) {
            let value = payload.value == "{id}" ? context.id.description : payload.value
            try await broker.append(value, toTestList: payload.key)
        } catch {
            guard case .badName = error else { throw error }
            throw JobStop.refuse(type: "bad-arguments", message: "\(error)")
        }
        try await context.sleep(for: .milliseconds(payload.milliseconds ?? 0))
        return JobOutput()
    }
}

/// Enqueues `count` children of `kind` with its acknowledgement.
struct SpawnTestJob: Job {
    struct Payload: Decodable, Sendable {
        var kind: String
        var count: Int?
        var queue: String?
        enum CodingKeys: String, CodingKey, CaseIterable { case kind, count, queue }
        /// The coding keys and `args`, which is passed on as it is.
        enum Names: String, CodingKey, CaseIterable { case kind, args, count, queue }
    }

    static let arguments: ArgumentRules? = ArgumentRules(
        of: Payload.Names.self,
        [
            .text("kind", required: true, allowed: "Use the name of a kind.") { (try? JobKind($0)) != nil },
            .integer("count", 0...ClaimStore.childLimit, example: 3),
            .text("queue", allowed: "Use the name of a queue.") { (try? QueueName($0)) != nil },
        ])

    func run(_ payload: Payload, in context: JobContext) async throws -> JobOutput {
        let count = payload.count ?? 1
        guard (0...ClaimStore.childLimit).contains(count) else {
            throw JobStop.refuse(
                type: "bad-arguments", message: "count is \(count). Use 0 to \(ClaimStore.childLimit).")
        }
        let arguments = try Self.arguments(in: context.job.envelope.payload)
        let queue = try payload.queue.map { name throws(JobQueueError) in try QueueName(name) } ?? context.job.queue
        let child = NewJob(kind: try JobKind(payload.kind), queue: queue, payload: arguments)
        return JobOutput(result: "\(count)", children: Array(repeating: child, count: count))
    }

    /// The member `args`, with any JSON value.
    private static func arguments(in payload: [UInt8]) throws -> JobPayload {
        let object = try JSONSerialization.jsonObject(with: Data(payload)) as? [String: Any]
        guard let args = object?["args"] else { return .none }
        return try JobPayload(
            json: Array(JSONSerialization.data(withJSONObject: args, options: [.fragmentsAllowed, .sortedKeys])))
    }
}
