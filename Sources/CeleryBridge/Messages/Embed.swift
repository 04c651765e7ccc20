/// What hangs on a call: the third part of a body.
package struct Embed: Sendable, Equatable {
    /// Published with the result when the task succeeds.
    package var callbacks: [Signature] = []
    /// Published when the task fails.
    package var errbacks: [Signature] = []
    /// What follows in the chain, LAST first; nil when the task is in none.
    package var chain: [Signature]?
    /// The body of the chord whose header the task is part of.
    package var chord: Signature?

    /// Nothing.
    package init() {}

    /// - Returns: nil when a part is not what Celery sends.
    init?(_ object: WireObject) {
        guard let callbacks = Self.signatures(object["callbacks"]), let errbacks = Self.signatures(object["errbacks"]),
            let chain = Self.signatures(object["chain"])
        else { return nil }
        self.callbacks = callbacks
        self.errbacks = errbacks
        if let part = object["chain"], !part.isNull { self.chain = chain }
        if let part = object["chord"], part.isTrue {
            guard let signature = Signature(part) else { return nil }
            chord = signature
        }
    }

    private static func signatures(_ value: WireValue?) -> [Signature]? {
        guard let value, value.isTrue else { return [] }
        // A client may send one signature where a list is meant.
        guard let list = value.list else { return Signature(value).map { [$0] } }
        let signatures = list.compactMap { Signature($0) }
        return signatures.count == list.count ? signatures : nil
    }

    var wire: WireValue {
        func list(_ signatures: [Signature]) -> WireValue {
            signatures.isEmpty ? .null : .list(signatures.map(\.wire))
        }
        return .object(
            WireObject([
                ("callbacks", list(callbacks)), ("errbacks", list(errbacks)),
                ("chain", chain.map { .list($0.map(\.wire)) } ?? .null), ("chord", chord?.wire ?? .null),
            ]))
    }
}
