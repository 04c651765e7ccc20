public import Logging

extension Logger {
    /// For tests that do not look at the log.
    public static var quiet: Logger { Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }) }
}
