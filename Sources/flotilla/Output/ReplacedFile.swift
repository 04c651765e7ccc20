import Fleet
import Foundation

/// A file whose new contents take the place of the old ones at one moment, and are on disk when it has happened.
enum ReplacedFile {
    /// A reader sees either the whole old text or the whole new one. Owner and mode stay; through a link, the file
    /// behind it is replaced. A crash may leave a dotfile beside it, which is no schedule.
    /// - Throws: `CommandFailure` with status `failed`; the file is as it was then.
    static func write(_ bytes: Data, to path: String) throws {
        let target = URL(fileURLWithPath: path).resolvingSymlinksInPath()
        let folder = target.deletingLastPathComponent()
        let draft = folder.appendingPathComponent(".\(target.lastPathComponent.prefix(100)).\(ServiceRunner.pid).part")
            .path
        let before = FileStatus(path: target.path)
        let file = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw NewFile.failure(path) }
        // After the rename nothing is left to be removed.
        defer { unlink(draft) }
        do {
            defer { close(file) }
            try NewFile.write(bytes, to: file, path)
            guard fchmod(file, mode_t(before?.permissions ?? 0o644)) == 0 else { throw NewFile.failure(path) }
            // Only root may give a file away; for anybody else the owner is the same, or the folder's rules decide.
            if let before, before.owner != geteuid() || before.group != getegid() {
                _ = fchown(file, before.owner, before.group)
            }
            guard fsync(file) == 0 else { throw NewFile.failure(path) }
        }
        guard rename(draft, target.path) == 0 else { throw NewFile.failure(path) }
        try NewFile.sync(folder: folder.path)
    }
}
