import Foundation
import TestSupport

/// The program under test: where FLOTILLA_BINARY says, else `flotilla` beside the test bundle.
package enum BuiltProgram {
    package struct Missing: Error, CustomStringConvertible {
        let path: String
        package var description: String {
            "No program at \(path). Build it with 'swift build', or set FLOTILLA_BINARY."
        }
    }

    /// Waits for a moment, since a build that is under way replaces the file.
    package static func path() async throws -> String {
        let environment = ProcessInfo.processInfo.environment
        let bundle = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        let beside = URL(filePath: bundle).deletingLastPathComponent().appending(path: "flotilla").path
        let program = environment["FLOTILLA_BINARY"] ?? beside
        try? await eventually("the program is built", within: .seconds(60), every: .milliseconds(200)) {
            FileManager.default.isExecutableFile(atPath: program)
        }
        guard FileManager.default.isExecutableFile(atPath: program) else { throw Missing(path: program) }
        return program
    }
}
