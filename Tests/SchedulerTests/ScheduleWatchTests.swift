import Foundation
import Glibc
import ScheduleConfiguration
import ScheduleSupport
import Synchronization
import Testing
import Time

@testable import Scheduler

struct ScheduleWatchTests {
    /// A file in a folder of its own, watched on a clock that moves when it is told to.
    private final class Watched: Sendable {
        let path: String
        let watch: ScheduleWatch
        private let time: TestInstant
        private let folder: String

        init(_ text: String = "version: 1\n") throws {
            folder = FileManager.default.temporaryDirectory.appending(path: "flotilla-watch-\(UUID().uuidString)").path
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let path = folder + "/schedules.yaml"
            try Data(text.utf8).write(to: URL(filePath: path))
            self.path = path
            let time = TestInstant()
            watch = ScheduleWatch(path: path, now: { time.now })
            self.time = time
        }

        deinit { try? FileManager.default.removeItem(atPath: folder) }

        func write(_ text: String) throws { try Data(text.utf8).write(to: URL(filePath: path)) }

        func remove() throws { try FileManager.default.removeItem(atPath: path) }

        func advance() { time.advance(by: .milliseconds(500)) }

        /// What the next looks say.
        func looks(_ count: Int) -> [Bool] {
            (0..<count).map { _ in
                advance()
                return watch.hasChanged()
            }
        }
    }

    private final class TestInstant: Sendable {
        private let instant = Mutex(ContinuousClock.now)
        var now: ContinuousClock.Instant { instant.withLock { $0 } }
        func advance(by duration: Duration) { instant.withLock { $0 += duration } }
    }

    @Test func `an edit is told once, at the second look`() throws {
        let file = try Watched()
        #expect(file.looks(2) == [false, false])
        try file.write("version: 1\ntimezone: UTC\n")
        #expect(!file.watch.hasChanged(), "it looks twice a second at most")
        #expect(file.looks(4) == [false, true, false, false])
    }

    @Test func `a change tells which version was the newest while the file was last as before`() throws {
        let file = try Watched()
        let changes = try [(1, "a: 1\n"), (2, nil), (2, nil), (3, "b: 1\n"), (4, nil), (5, nil)].map { newest, text in
            file.advance()
            let change = file.watch.change(newest: newest, known: knownNames)
            // Written after the look of that time.
            if let text { try file.write(ServiceFile.text("{}") + "\n# \(text)") }
            return change
        }
        let told = changes.map { change -> Int? in
            guard case .read(_, let knownUnder)? = change else { return nil }
            return knownUnder
        }
        #expect(told == [nil, nil, 1, nil, nil, 3])
    }

    @Test func `an edit of equal size within one tick of the file system's clock is seen`() throws {
        let file = try Watched("every: 1m\n")
        var before = stat()
        #expect(stat(file.path, &before) == 0)
        let descriptor = open(file.path, O_WRONLY)
        #expect(pwrite(descriptor, "every: 2m\n", 10, 0) == 10)
        var times = [before.st_atim, before.st_mtim]
        #expect(futimens(descriptor, &times) == 0)
        close(descriptor)
        #expect(file.looks(2) == [false, true])
    }

    @Test func `a file renamed into its place is seen, be it older`() throws {
        let file = try Watched()
        let other = file.path + ".new"
        try Data("version: 1\n# new\n".utf8).write(to: URL(filePath: other))
        var times = [timespec(tv_sec: 1, tv_nsec: 0), timespec(tv_sec: 1, tv_nsec: 0)]
        #expect(utimensat(AT_FDCWD, other, &times, 0) == 0)
        #expect(rename(other, file.path) == 0)
        #expect(file.looks(3) == [false, true, false])
    }

    @Test func `a save that is half written counts when it is whole`() throws {
        let file = try Watched("schedules: { a: 1, b: 2 }\n")
        try file.write("")
        #expect(file.looks(1) == [false])
        try file.write("schedules: {")
        #expect(file.looks(1) == [false])
        try file.write("schedules: { a: 1, b: 3 }\n")
        #expect(file.looks(3) == [false, true, false])
        // Saved back as it was before anybody looked twice: nothing to tell.
        try file.write("")
        #expect(file.looks(1) == [false])
        try file.write("schedules: { a: 1, b: 3 }\n")
        #expect(file.looks(3) == [false, false, false])
    }

    @Test func `a file missing for a moment is no change, one that stays away is, once`() throws {
        let file = try Watched()
        try file.remove()
        #expect(file.looks(1) == [false])
        try file.write("version: 1\n")
        #expect(file.looks(3) == [false, false, false])
        try file.remove()
        #expect(file.looks(4) == [false, true, false, false])
        try file.write("version: 1\n")
        #expect(file.looks(3) == [false, true, false])
    }

    @Test func `a directory, a pipe, a loop or a giant in its place is told once and never waited for`() throws {
        let replacements: [(name: String, make: (String) -> Bool)] = [
            ("this is a directory", { mkdir($0, 0o755) == 0 }), ("not a regular file", { mkfifo($0, 0o644) == 0 }),
            ("symbolic links", { symlink($0, $0) == 0 }),
            (
                "the file has 1048577 bytes",
                { FileManager.default.createFile(atPath: $0, contents: Data(count: 1_048_577)) }
            ),
        ]
        for replacement in replacements {
            let file = try Watched()
            try file.remove()
            #expect(replacement.make(file.path))
            #expect(file.looks(4) == [false, true, false, false], "\(replacement.name)")
            #expect { try ScheduleFile.read(path: file.path, known: knownNames) } throws: {
                "\($0)".contains(replacement.name)
            }
        }
    }

    @Test func `an editor's swap file beside it is no change, and a hangup is one at once`() throws {
        let file = try Watched()
        try Data("b0VIM".utf8).write(to: URL(filePath: file.path + ".swp"))
        try Data("x".utf8).write(to: URL(filePath: file.path + "~"))
        #expect(file.looks(3) == [false, false, false])
        file.watch.forget()
        #expect(file.watch.hasChanged())
        #expect(!file.watch.hasChanged())
    }
}
