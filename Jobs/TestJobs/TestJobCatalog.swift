public import Jobs

/// Kinds whose arguments set their behaviour, for tests and drills: only with `FLOTILLA_TEST_JOBS=1` or
/// `--with-test-jobs`.
public enum TestJobCatalog {
    public static let kinds: [KindDefinition] = [
        KindDefinition("flotilla.test.crash", queue: queue) { _ in CrashTestJob() },
        KindDefinition("flotilla.test.echo", queue: queue) { _ in EchoTestJob() },
        KindDefinition("flotilla.test.fail", queue: queue) { _ in FailTestJob() },
        noop,
        KindDefinition("flotilla.test.record", queue: queue) { RecordTestJob(broker: $0.broker) },
        KindDefinition(
            "flotilla.test.sleep", queue: queue,
            load: { given, _ in KindLoad(runMilliseconds: Int64(min(max(given.seconds ?? 0, 0), 86_400) * 1_000)) },
            make: { _ in SleepTestJob() }),
        KindDefinition("flotilla.test.spawn", queue: queue) { _ in SpawnTestJob() },
    ]

    /// Does nothing, as fast as it can.
    public static let noop = KindDefinition("flotilla.test.noop", queue: queue) { _ in NoopTestJob() }

    /// Whether a kind is one for tests, also one that this program does not have.
    public static func isTest(_ kind: String) -> Bool { kind.hasPrefix("flotilla.test.") }

    private static let queue = "test"
}
