public import ScheduleConfiguration

/// The kinds of job that the files of tests may name.
public let knownKinds = [
    KnownKind(name: "cache-refresh", queue: "cache-refresh", misfire: .skip),
    KnownKind(name: "evaluation", queue: "evaluation", entityArgument: "bot_id"),
    KnownKind(name: "execution", queue: "execution", misfire: .skip), KnownKind(name: "rebalance", queue: "rebalance"),
]

/// What the files of tests may name.
public let knownNames = KnownNames(
    kinds: knownKinds,
    sources: [
        KnownSource(name: "running_bots", argument: "bot_id", noun: "bot", example: "1"),
        KnownSource(name: "products", argument: "product", noun: "product", example: "BTC-USD"),
    ])

/// A schedule file of a test, checked.
public func parsed(_ text: String) throws(ConfigurationError) -> ScheduleFile {
    try ScheduleFile.parse(Array(text.utf8), file: "schedules.yaml", known: knownNames)
}
