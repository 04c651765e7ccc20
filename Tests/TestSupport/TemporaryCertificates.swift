import Foundation
import Synchronization

/// The folder to remove at the end.
private let remains = Mutex("")

/// Certificates in a temporary folder, made by the openssl command and valid for two days. All are PEM.
public final class TemporaryCertificates: Sendable {
    public let folder: String
    /// The authority that has signed the others.
    public var authority: String { folder + "/ca.pem" }
    /// An authority that has signed none of them.
    public var stranger: String { folder + "/stranger.pem" }
    /// For `localhost` and 127.0.0.1.
    public var server: (certificate: String, key: String) { pair("server") }
    /// For `redis.test` and no IP address.
    public var named: (certificate: String, key: String) { pair("named") }
    public var client: (certificate: String, key: String) { pair("client") }

    private static let script = """
        set -e
        cd "$0"
        new="-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"
        openssl req -x509 $new -days 2 -subj /CN=authority -keyout ca.key -out ca.pem
        openssl req -x509 $new -days 2 -subj /CN=stranger -keyout stranger.key -out stranger.pem
        echo 'subjectAltName=DNS:localhost,IP:127.0.0.1' | tee server.names > client.names
        echo 'subjectAltName=DNS:redis.test' > named.names
        for who in server named client; do
            openssl req $new -subj /CN=$who -keyout $who.key -out $who.csr
            openssl x509 -req -in $who.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 \
                -extfile $who.names -out $who.pem
        done
        """

    /// Those of this test process, made once.
    public static func shared() async throws -> TemporaryCertificates { try await made.value }

    private static let made = Task {
        let certificates = try await TemporaryCertificates()
        let folder = certificates.folder
        remains.withLock { $0 = folder }
        // What is shared lives as long as the process.
        atexit { remains.withLock { folder in try? FileManager.default.removeItem(atPath: folder) } }
        return certificates
    }

    private init() async throws {
        folder = NSTemporaryDirectory() + "flotilla-certificates-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let shell = Process()
        shell.executableURL = URL(filePath: "/bin/sh")
        shell.arguments = ["-c", Self.script, folder]
        shell.standardOutput = FileHandle.nullDevice
        shell.standardError = FileHandle.nullDevice
        let status = try await withCheckedThrowingContinuation { (ended: CheckedContinuation<Int32, any Error>) in
            shell.terminationHandler = { ended.resume(returning: $0.terminationStatus) }
            do { try shell.run() } catch { ended.resume(throwing: error) }
        }
        guard status == 0 else { throw NoCertificates() }
    }

    private func pair(_ name: String) -> (certificate: String, key: String) {
        (folder + "/\(name).pem", folder + "/\(name).key")
    }
}

public struct NoCertificates: Error, CustomStringConvertible {
    public var description: String { "The openssl command made no certificates. Install openssl." }
}
