/// Why something does not run or trade: `why`.
public struct WhyDocument: Encodable, Sendable {
    let subject, name, cause, sentence: String
    let proof: [WhyFactDocument]
    @OrNull var remedy: String?
    let at: DocumentTime

    /// - Parameters:
    ///   - subject: `job`, `queue`, `schedule`, `bot`, `order` or `key`.
    ///   - cause: one word, such as `queue-paused`.
    ///   - remedy: what a person can do; nil when it passes by itself.
    ///   - now: when it was read, unix milliseconds.
    public init(
        subject: String, name: String, cause: String, sentence: String, proof: [WhyFactDocument], remedy: String?,
        now: Int64
    ) {
        self.subject = subject
        self.name = name
        self.cause = cause
        self.sentence = sentence
        self.proof = proof
        self.remedy = remedy
        at = DocumentTime(now)
    }
}

/// One thing that was read and that the answer rests on.
public struct WhyFactDocument: Encodable, Sendable {
    let fact, source: String
    let since: DocumentTime

    /// - Parameter at: when it became so, unix milliseconds; nil when that is not known.
    public init(text: String, source: String, at: Int64?) {
        fact = text
        self.source = source
        since = DocumentTime(at)
    }
}
