/// What is done with attempts that fail in one way, instead of what is done with the others.
public struct ErrorRule: Sendable, Equatable {
    public enum Match: Sendable, Equatable {
        /// The error's type, exactly.
        case type(String)
        /// A text that its message holds, in upper and lower case as given.
        case message(String)
    }

    public enum Effect: Sendable, Equatable {
        /// Tried so often in all, whatever the job or its queue says; 1 to 100.
        case attempts(Int)
        /// Never tried again.
        case never
        /// Waits other than the policy's.
        case delays(baseMilliseconds: Int64, maxMilliseconds: Int64)
    }

    public var match: Match
    public var effect: Effect

    public init(_ match: Match, _ effect: Effect) {
        self.match = match
        self.effect = effect
    }

    func matches(_ failure: JobFailure) -> Bool {
        switch match {
        case .type(let type): failure.type == type
        case .message(let text): failure.message.contains(text)
        }
    }
}
