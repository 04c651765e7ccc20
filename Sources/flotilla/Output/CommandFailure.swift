import Dashboard
import Exchange
import Fleet
import JobQueue
import Ledger
import Operations
import Redis
import ScheduleConfiguration
import Time
import Trading

/// What a command's exit says.
enum ExitStatus: Int32 {
    case done = 0
    case failed = 1
    /// Wrong usage, or an invalid file.
    case usage = 2
    case notFound = 3
    /// Redis or the database cannot be reached.
    case unreachable = 4
    /// A guard refused; `--yes` lifts it.
    case refused = 5
    case changed = 6
    case unhealthy = 8
}

/// The end of a command that did not go well: one sentence of what is wrong and one of what to do.
struct CommandFailure: Error, CustomStringConvertible {
    var status: ExitStatus
    var message: String
    var description: String { message }

    init(_ status: ExitStatus, _ message: String) {
        self.status = status
        self.message = message
    }

    /// The exit status that an error of a module has; nil for errors of no module.
    init?(known error: any Error) {
        let status: ExitStatus
        switch error {
        case let error as JobQueueError:
            switch error {
            case .redis: status = .unreachable
            case .exportFailed: status = .failed
            case .alreadyUndone: status = .changed
            default: status = .usage
            }
        case let error as UndoError:
            switch error {
            case .notFound: status = .notFound
            case .ambiguous: status = .usage
            case .notUndoable: status = .refused
            case .alreadyUndone, .moved: status = .changed
            case .queue(let error): status = CommandFailure(known: error)?.status ?? .failed
            case .ledger: status = .unreachable
            }
        case let error as RedisError:
            switch error {
            case .badAddress, .unsupportedScheme: status = .usage
            default: status = .unreachable
            }
        case ScaleError.unknownPool: status = .notFound
        case ScaleError.changed: status = .changed
        case is ConfigurationError, is TimeError, is TradingError, is ScaleError: status = .usage
        case LedgerError.copyRefused: status = .refused
        case LedgerError.copyFailed: status = .failed
        case is LedgerError: status = .unreachable
        case is FleetError, is ExchangeError, is DashboardServerError: status = .failed
        default: return nil
        }
        self.init(status, "\(error)")
    }
}
