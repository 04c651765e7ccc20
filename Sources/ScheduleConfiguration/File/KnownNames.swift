public import JobQueue

/// What a schedule file may name beside what it declares itself: the composition knows it, this module does not.
public struct KnownNames: Sendable {
    /// The kinds of job that `job` of an entry may name.
    public let kinds: [KnownKind]
    /// The sources of entities that `for_each` of an entry may name, in the order in which errors list them.
    public let sources: [KnownSource]

    /// Checks nothing; names of a list must differ.
    public init(kinds: [KnownKind], sources: [KnownSource] = []) {
        self.kinds = kinds
        self.sources = sources
    }
}

/// A kind of job.
public struct KnownKind: Sendable {
    /// The name of the kind, as `job` of an entry gives it.
    public let name: String
    /// Where its jobs go when the entry names no queue.
    public let queue: String
    /// What happens to its missed ticks when the entry does not say.
    public let misfire: MisfirePolicy
    /// The argument by which its jobs are told their entity, where the entry lists the entities itself.
    public let entityArgument: String?
    /// What its arguments may be; nil where they are not checked.
    public let arguments: ArgumentRules?

    /// - Parameter arguments: nil when the arguments of the kind are not checked.
    public init(
        name: String, queue: String, misfire: MisfirePolicy = .once, entityArgument: String? = nil,
        arguments: ArgumentRules? = nil
    ) {
        self.name = name
        self.queue = queue
        self.misfire = misfire
        self.entityArgument = entityArgument
        self.arguments = arguments
    }
}

/// A source of entities, asked at each tick for those that get a job.
public struct KnownSource: Sendable {
    /// As `for_each` names it: `running_bots`.
    public let name: String
    /// The key of a job's arguments that holds its entity.
    public let argument: String
    /// What one entity is called in a sentence.
    public let noun: String
    /// An entity such as it names: the arguments of entries are checked with it.
    public let example: String

    /// Checks nothing.
    public init(name: String, argument: String, noun: String, example: String) {
        self.name = name
        self.argument = argument
        self.noun = noun
        self.example = example
    }
}
