import CLinux
import Foundation
import ServiceLifecycle

/// Releases, once, the pages of code and heap that only the start of a process has touched.
///
/// The kernel maps sixteen pages around each one that is touched, so that a worker which waits for work would hold
/// forty megabytes of which it uses fifteen. They are clean and in the page cache: the kernel maps needed pages again
/// without a read from disk.
struct ColdPages: Service {
    /// After this time a worker has joined and fetched once.
    private static let patience = Duration.seconds(1)

    func run() async throws {
        await cancelWhenGracefulShutdown { try? await ContinuousClock().sleep(for: Self.patience) }
        Self.release()
        // A service that ends would end its group.
        try await gracefulShutdown()
    }

    private static func release() {
        for line in ProcFile.text("self/maps").split(separator: "\n") {
            // Code of a file: such pages are never written to, so no data can be lost with them.
            let words = line.split(separator: " ")
            guard words.count > 5, words[1] == "r-xp", words[5].hasPrefix("/") else { continue }
            let ends = words[0].split(separator: "-").compactMap { UInt(String($0), radix: 16) }
            guard ends.count == 2, let start = UnsafeMutableRawPointer(bitPattern: ends[0]) else { continue }
            madvise(start, Int(ends[1] - ends[0]), MADV_DONTNEED)
        }
        // Returns heap memory that parsing the schedule and opening the database have left free.
        malloc_trim(0)
    }
}

/// A file below `/proc`.
enum ProcFile {
    /// - Parameter name: below `/proc`.
    /// - Returns: empty when it cannot be read.
    static func text(_ name: String) -> String {
        guard let file = FileHandle(forReadingAtPath: "/proc/\(name)") else { return "" }
        var bytes = Data()
        // A long text is read in pieces, and its length is not known beforehand.
        while let more = try? file.read(upToCount: 1 << 16), !more.isEmpty { bytes += more }
        return String(decoding: bytes, as: UTF8.self)
    }
}
