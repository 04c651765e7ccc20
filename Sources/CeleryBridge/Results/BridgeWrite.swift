/// One write beside a settlement, made in the step that settles the job, or through the outbox.
package enum BridgeWrite: Sendable, Equatable {
    /// SET and PUBLISH of a result: the key is the full name with its prefix, and the channel's name too.
    case result(key: String, value: String, ttlSeconds: Int, mode: ResultMode)
    /// LPUSH of a message to a broker list: the full key, with prefix and suffix of its priority.
    case push(list: String, message: String)
    /// The `count` writes that follow are made only when this marker was absent; it is set for so many seconds.
    ///
    /// The marker is a key beside the broker's lists, the same for each delivery of one message.
    case once(marker: String, ttlSeconds: Int, count: Int)
    /// The body of a chord goes on its way: its keys are dropped, and late members count no more.
    case chordDone(group: ChordPlace)
    /// A header task of a chord is done: the member is added to `.j` unless the task id is counted already.
    ///
    /// When `.s` is there and `.j` holds `.s` + `.t` members, a native job is enqueued once, which is given the
    /// members in order and `bodyMessage`, see `ChordBody`. `index` is the score; `score(_:)` writes it as Celery does.
    case chordMember(group: ChordPlace, taskID: String, index: Double, member: String, bodyMessage: String)
    /// The size of a chord whose header this step publishes: DEL `.c`, SET `.s`; its members come later.
    case chordSize(group: ChordPlace, size: Int)
    /// SET of a key in the results database: the saved structure of a chord's header.
    case save(key: String, value: String, ttlSeconds: Int)
}

extension BridgeWrite {
    /// A score as Celery's own workers write it, so that both count one member once: `0`, `1.5`, `+inf`.
    package static func score(_ index: Double) -> String {
        if index.isInfinite { return index < 0 ? "-inf" : "+inf" }
        return Int(exactly: index).map(String.init) ?? index.description
    }
}

/// What may be overwritten by a result.
package enum ResultMode: String, Sendable, Equatable {
    /// Unless a SUCCESS is there: what Celery's own workers do with every result.
    case final
    /// Unless a ready state (SUCCESS, FAILURE, REVOKED) is there: for STARTED and RETRY.
    case state
    /// Only when no result is there.
    case first
}

/// Where a chord counts its header tasks, in the results database.
package struct ChordPlace: Sendable, Equatable {
    /// The group id.
    package var group: String
    /// `celery-taskset-meta-GROUP` with its prefix; `.s`, `.j`, `.t`, `.d` and `.c` follow it.
    package var key: String
    /// Seconds after which its keys are gone.
    package var ttlSeconds: Int

    /// - Parameter key: the full name with its prefix and without a suffix.
    package init(group: String, key: String, ttlSeconds: Int) {
        self.group = group
        self.key = key
        self.ttlSeconds = ttlSeconds
    }
}
