import Foundation
import Glibc
import Synchronization

/// A redis-server under a shell that waits on a socket. When our end closes, be it that we crashed, the shell
/// kills the server with SIGKILL.
final class ServerProcess: Sendable {
    private let shell: pid_t
    private let lifeline: Mutex<CInt?>

    /// "keep" on the socket keeps the folder; a plain end removes it.
    private static let script = """
        folder=$1; shift
        env "$@" </dev/null &
        server=$!
        read -r word
        kill -9 $server 2>/dev/null
        wait $server 2>/dev/null
        [ "$word" = keep ] || rm -rf "$folder"
        """

    init(folder: String, arguments: [String], environment: [String: String] = [:]) throws {
        var ends: [CInt] = [-1, -1]
        // A socket pair, since it can be made close-on-exec in one step: another child, spawned right now, must not get
        // our end and keep it open after our death.
        let kind = CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else { throw TemporaryRedisError.notStarted(errno: errno) }
        defer { close(ends[0]) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, ends[0], 0)
        // Whoever reads our output to its end must not wait for the shell.
        posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        Self.closeInherited(&actions)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // A group of its own: Ctrl-C at the terminal ends us, and the pipe then ends the server.
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK))
        // Threads of the concurrency pool block all signals; a shell that inherits that never hears of its child's end.
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        let variables = environment.map { "\($0.key)=\($0.value)" }
        let words = ["sh", "-c", Self.script, "sh", folder] + variables + ["redis-server"] + arguments
        var strings: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        defer { for string in strings { free(string) } }
        var child: pid_t = 0
        let code = posix_spawn(&child, "/bin/sh", &actions, &attributes, &strings, environ)
        guard code == 0 else {
            close(ends[1])
            throw TemporaryRedisError.notStarted(errno: code)
        }
        shell = child
        lifeline = Mutex(ends[1])
    }

    /// Sockets of NIO are inherited: a server that kept one would keep a connection open that we have closed.
    private static func closeInherited(_ actions: inout posix_spawn_file_actions_t) {
        typealias Call = @convention(c) (UnsafeMutablePointer<posix_spawn_file_actions_t>, CInt) -> CInt
        // In glibc since 2.34, but not in its Swift overlay.
        guard let symbol = dlsym(nil, "posix_spawn_file_actions_addclosefrom_np") else { return }
        _ = unsafeBitCast(symbol, to: Call.self)(&actions, 3)
    }

    /// Has the shell kill the server. Does nothing when called again.
    func end(removingFolder: Bool) {
        guard let end = lifeline.withLock({ $0.take() }) else { return }
        if !removingFolder { _ = write(end, "keep\n", 5) }
        close(end)
    }

    /// Sends a signal to the server alone, which the shell waits for.
    func signal(_ number: CInt) {
        guard let text = try? String(contentsOfFile: "/proc/\(shell)/task/\(shell)/children", encoding: .utf8) else {
            return
        }
        for child in text.split(separator: " ").compactMap({ pid_t($0) }) { kill(child, number) }
    }

    /// Returns when shell and server have ended.
    func waitUntilGone() async throws {
        try await eventually("the server under process \(shell) has ended", every: .milliseconds(1)) {
            var status: CInt = 0
            return waitpid(shell, &status, WNOHANG) != 0
        }
    }
}
