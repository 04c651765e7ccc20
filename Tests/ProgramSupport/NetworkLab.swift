import Fleet
package import Foundation
import TestSupport

/// Network namespaces with one address each, on a bridge that the root namespace is on too: each stands for a host.
///
/// What was made is removed by `close()`.
package struct NetworkLab: Sendable {
    /// Names of the namespaces, in the order of the hosts.
    package let hosts: [String]
    /// Where the root namespace is reached from the hosts.
    package let address: String
    private let bridge: String
    private let lifeline: Lifeline

    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    /// - Throws: `Failure` where no namespaces can be made: without rights, or without the command `ip`.
    package static func make(_ count: Int) async throws -> NetworkLab {
        let number = Int(getpid()) % 250
        let tag = "flt\(getpid() % 100_000)"
        let lab = NetworkLab(
            hosts: (1...count).map { "\(tag)-\($0)" }, address: "10.213.\(number).254", bridge: "\(tag)b",
            lifeline: try Lifeline())
        do {
            try await lab.ip("link", "add", lab.bridge, "type", "bridge")
            try await lab.ip("addr", "add", "\(lab.address)/24", "dev", lab.bridge)
            try await lab.ip("link", "set", lab.bridge, "up")
            for (index, host) in lab.hosts.enumerated() {
                try await lab.ip("netns", "add", host)
                try await lab.ip("link", "add", lab.cable(host), "type", "veth", "peer", "name", "eth0", "netns", host)
                try await lab.ip("link", "set", lab.cable(host), "master", lab.bridge)
                try await lab.ip("link", "set", lab.cable(host), "up")
                try await lab.ip("-n", host, "addr", "add", "10.213.\(number).\(index + 1)/24", "dev", "eth0")
                try await lab.ip("-n", host, "link", "set", "eth0", "up")
                try await lab.ip("-n", host, "link", "set", "lo", "up")
            }
        } catch {
            await lab.close()
            throw error
        }
        return lab
    }

    /// Pulls the plug of a host: its connections stay, and nothing comes through.
    package func cut(_ host: String) async throws { try await ip("link", "set", cable(host), "down") }

    /// Puts it in again.
    package func heal(_ host: String) async throws { try await ip("link", "set", cable(host), "up") }

    /// The processes of a host.
    package func processes(_ host: String) async throws -> [pid_t] {
        try await ip("netns", "pids", host).split(separator: "\n").compactMap { pid_t($0) }
    }

    package func close() async {
        for host in hosts {
            for pid in (try? await processes(host)) ?? [] { kill(pid, SIGKILL) }
            _ = try? await ip("link", "del", cable(host))
            _ = try? await ip("netns", "del", host)
        }
        _ = try? await ip("link", "del", bridge)
    }

    /// The end of a host's cable that is on the bridge; a name has 15 characters at most.
    private func cable(_ host: String) -> String { host.replacing("-", with: "v") }

    /// Runs `ip` and gives what it writes.
    @discardableResult
    private func ip(_ words: String...) async throws -> String {
        let (lines, continuation) = AsyncStream.makeStream(of: String.self)
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        let environment = ["PATH": path + ":/usr/sbin:/sbin"]
        let process = try ChildProcess(
            ProcessCommand("/bin/sh", arguments: ["-c", "exec ip \"$@\"", "sh"] + words, environment: environment),
            link: .guarded(lifeline, killAfter: .seconds(1)),
            output: .lines { line in
                if let line { continuation.yield(line) } else { continuation.finish() }
            })
        var text = ""
        for await line in lines { text += line + "\n" }
        let exit = await process.exit()
        guard exit.reason.isClean else {
            throw Failure(description: "ip \(words.joined(separator: " ")) \(exit.reason): \(text)")
        }
        return text
    }
}
