public import Redis

/// Errors of the queue.
public enum JobQueueError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Redis refused a command, or cannot be reached.
    case redis(RedisError)
    /// An invalid name or id: what it names, the text, and the rule that it breaks.
    case badName(what: String, text: String, rule: String)
    /// A payload that is not JSON.
    case payloadNotJSON(String)
    /// A payload above the limit, both in bytes.
    case payloadTooLarge(bytes: Int, limit: Int)
    /// A number out of its range.
    case outOfRange(what: String, value: String, range: String)
    /// A record in Redis that this version cannot read.
    case unreadableRecord(id: String, why: String)
    /// The queue is full, because too many jobs wait in it; nothing was enqueued.
    case queueFull(queue: String, waiting: Int, limit: Int)
    /// Enqueued, but not known to be on disk as the queue demands. Enqueueing the same ids again does no harm.
    case notDurable(queue: String, ids: [String], why: String)
    /// Dead jobs were to be exported before their removal, and could not be; none of them was removed.
    case exportFailed(queue: String, why: String)
    /// This worker lost its lease: another worker may have its jobs.
    case leaseLost(worker: String, queue: String)
    /// An operation of the operator log that another one has undone: the ids of both. Nothing was changed.
    case alreadyUndone(operation: String, by: String)
    /// A newer leader of the schedule was elected: this scheduler wrote nothing.
    case staleEpoch

    /// Whether the same call may succeed later: the error comes from Redis, and this process has not closed its
    /// connection for good.
    public var mayPass: Bool {
        if case .redis(let error) = self { error != .closed } else { false }
    }

    /// The error and its remedy, in sentences; text from callers is shown in one line.
    public var description: String {
        switch self {
        case .redis(let error): error.description
        case .badName(let what, let text, let rule): "'\(PlainText.line(text))' is not a valid \(what). \(rule)"
        case .payloadNotJSON(let why):
            "The arguments are not JSON: \(why) Pass one JSON value, such as '{\"bot_id\": 7}'."
        case .payloadTooLarge(let bytes, let limit):
            "The arguments take \(bytes) bytes; a job may carry \(limit). Store the rest elsewhere, pass a reference."
        case .outOfRange(let what, let value, let range): "\(what) is \(value). It must be \(range)."
        case .unreadableRecord(let id, let why):
            "The record of job '\(id)' cannot be read: \(why) Was it written by a newer version of Flotilla?"
        case .queueFull(let queue, let waiting, let limit):
            "Queue '\(queue)' takes no more: \(waiting) jobs wait, and its limit is \(limit). Try again later, or "
                + "raise max_waiting in schedules.yaml."
        case .notDurable(let queue, let ids, let why):
            "Queue '\(queue)' demands that jobs are on disk (durability: fsync), and that is not known of "
                + "\(ids.prefix(3).joined(separator: ", ")): \(why) Enqueue with the same id again to be sure."
        case .exportFailed(let queue, let why):
            "Dead jobs of '\(queue)' were not exported: \(why) They stay; make room or mend the folder."
        case .leaseLost(let worker, let queue):
            "Worker \(worker) has lost its lease on queue '\(queue)'. Its jobs run elsewhere; nothing was written."
        case .alreadyUndone(let operation, let undoer):
            "\(operation) is undone already, by \(undoer). Undo that one to do it again."
        case .staleEpoch: "Stale epoch: a newer leader than this scheduler was elected."
        }
    }
}
