import CeleryBridge
import JobQueue
import Jobs
import ScheduleConfiguration
import Worker

extension Composition {
    /// Celery's part of a worker process; nil for one whose pool has no Celery queues.
    /// - Throws: `CommandFailure` with status `usage` for a broker on another server.
    func celery(
        _ choice: WorkerPolicies.Choice, _ file: ScheduleFile, _ broker: Broker, _ dependencies: JobDependencies,
        _ registry: JobRegistry
    ) throws -> CeleryPart? {
        guard let pool = file.pools.first(where: { $0.name == choice.pool }), file.celery.pool(pool.name) != nil,
            choice.queues == nil
        else { return nil }
        return try CeleryPart(pool, file.celery, composition: self, broker: broker) { rules in
            // Whoever reads the file has checked the rules.
            celeryTasks(dependencies, registry, mappings: rules.tasks.compactMap { try? TaskMapping($0) })
        }
    }

    /// What runs under the names of Celery's tasks in a worker of this installation.
    /// - Parameter mappings: those of the schedule file; they may replace the application's own.
    func celeryTasks(
        _ dependencies: JobDependencies, _ registry: JobRegistry, mappings: [TaskMapping] = []
    ) -> TaskTable {
        var table = TaskTable()
        AppTasks(dependencies: dependencies, kinds: KindRunner(registry), now: now).register(into: &table)
        for mapping in mappings { table[mapping.task] = mapping.body(registry) }
        if settings.testJobs { TestTasks.register(into: &table) }
        BuiltInTasks.register(into: &table)
        return table
    }
}

extension TaskMapping {
    /// A task that the schedule file maps to a kind.
    /// - Throws: `JobQueueError.badName` for a kind that no kind can be called, `WireError` for arguments that are no
    ///   JSON; the reader of the file refuses both.
    init(_ rule: CeleryTaskRule) throws {
        let defaults = try WireValue.parse(Array(rule.argsJSON.utf8)).object ?? WireObject()
        self.init(
            task: rule.name, kind: try JobKind(rule.kind), defaults: defaults,
            parameters: rule.parameters.isEmpty ? nil : rule.parameters.map { .free($0) })
    }
}
