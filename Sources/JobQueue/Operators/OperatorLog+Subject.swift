import Redis

extension OperatorLog {
    /// The newest entry about one subject that fits; for display. Reads at most 200 entries of one list.
    /// - Parameters:
    ///   - subject: the name of a queue, limit or circuit, `scheduler`, or what `add` was told, such as `bots`.
    ///   - fits: asked of each entry, the newest first.
    public func newest(
        about subject: String, where fits: (OperatorLogEntry) -> Bool
    ) async throws(JobQueueError) -> OperatorLogEntry? {
        let key = runner.keyspace.operations(subject)
        let reply = try await runner.send(["LRANGE", .text(key), 0, .integer(Self.mostLooked - 1)])
        let texts = try runner.decode { () throws(RedisError) in try reply.strings(of: "LRANGE") }
        return texts.lazy.compactMap { CompactJSON.value(of: OperatorLogEntry.self, in: $0) }.first(where: fits)
    }

    private static let mostLooked = 200
}
