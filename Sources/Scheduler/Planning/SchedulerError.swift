import JobQueue
import ScheduleConfiguration

/// Why the entities of a tick are not known: its source cannot be asked, or its answer cannot be used.
public enum SchedulerError: Error, Sendable, Equatable, CustomStringConvertible {
    case unknownSource
    case tooManyEntities(Int)
    case invalidEntity(String)
    case repeatedEntity

    /// What is wrong with the answer and what to do; the name of an entity is shown in one line.
    public var description: String {
        switch self {
        case .unknownSource: "Nobody here can be asked for the entities. Run the scheduler with its database."
        case .tooManyEntities(let count):
            "\(count) entities are more than one tick can serve. Split them over several entries."
        case .invalidEntity(let name): "'\(PlainText.line(name))' cannot be an entity. \(EntityName.rule)"
        case .repeatedEntity: "The source named an entity twice. Mend the source."
        }
    }
}
