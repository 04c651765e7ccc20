import Foundation
import Glibc
import Synchronization

/// A wall clock that is wrong, for a process that is started with `environment`: see `Fixtures/clock_offset.c`.
public final class ClockOffset: Sendable {
    /// What the process has to be started with.
    public let environment: [String: String]
    private let folder: String
    private let file: CInt

    /// Builds the library with the toolchain's own clang.
    /// - Throws: `ClockOffsetError` when that does not go.
    public init() async throws {
        folder = try temporaryFolder()
        let (library, path) = (folder + "/clock_offset.so", folder + "/offset")
        let source = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("Fixtures/clock_offset.c").path
        let compiler = Process()
        compiler.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        compiler.arguments = ["clang", "-shared", "-fPIC", "-O1", "-o", library, source]
        compiler.standardInput = FileHandle.nullDevice
        try compiler.run()
        try await eventually("clang has ended", within: .seconds(60)) { !compiler.isRunning }
        file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard compiler.terminationStatus == 0, file >= 0 else { throw ClockOffsetError.notBuilt }
        environment = ["LD_PRELOAD": library, "CLOCK_OFFSET_FILE": path]
        set(seconds: 0)
    }

    deinit {
        close(file)
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// Sets the clock off by that much; 0 puts it right. Holds from the process' next look at its clock on.
    public func set(seconds: Int64) {
        var value = seconds
        _ = pwrite(file, &value, MemoryLayout<Int64>.size, 0)
    }
}

public enum ClockOffsetError: Error, CustomStringConvertible {
    case notBuilt

    public var description: String { "clang, which comes with the Swift toolchain, could not build clock_offset.c." }
}
