import NIOCore
import NIOSSL

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// How a connection is encrypted. The server's certificate is always verified: its signature, its dates, and that it
/// names the host or the IP address that was reached. All files are PEM and read for each new connection, so that a
/// renewed certificate is used without a restart.
public struct RedisTLS: Sendable, Equatable {
    /// File of the authorities to trust; `nil` means those of the system.
    public let authorities: String?
    /// File of the certificate that we show, and the ones between it and its authority.
    public let certificate: String?
    /// File of our certificate's private key, not encrypted.
    public let key: String?
    /// The name that the server's certificate must have; `nil` means the host of the address.
    public let serverName: String?

    /// Opens no file.
    public init(
        authorities: String? = nil, certificate: String? = nil, key: String? = nil, serverName: String? = nil
    ) {
        self.authorities = authorities
        self.certificate = certificate
        self.key = key
        self.serverName = serverName
    }

    /// The options of a URL that says the same, empty or with its "?".
    var query: String {
        let options = [("ca", authorities), ("cert", certificate), ("key", key), ("servername", serverName)]
        let text = options.compactMap { name, value in value.map { "\(name)=\($0)" } }.joined(separator: "&")
        return text.isEmpty ? "" : "?" + text
    }

    /// Reads the files. Blocks: for a thread that may.
    /// - Throws: `RedisError.tlsFailed` that names the file.
    func context(for address: RedisAddress) throws(RedisError) -> NIOSSLContext {
        if let serverName, (try? SocketAddress(ipAddress: serverName, port: 0)) != nil || serverName.utf8.count > 255 {
            throw .tlsFailed(
                address, problem: "'\(serverName)' cannot be the name of a host. Correct servername= in REDIS_URL")
        }
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        if let authorities {
            let list = try read(authorities, "ca", for: address, NIOSSLCertificate.fromPEMFile)
            configuration.trustRoots = .certificates(list)
        }
        if let certificate, let key {
            let chain = try read(certificate, "cert", for: address, NIOSSLCertificate.fromPEMFile)
            configuration.certificateChain = chain.map { .certificate($0) }
            let key = try read(key, "key", for: address) { path in try NIOSSLPrivateKey(file: path, format: .pem) }
            configuration.privateKey = .privateKey(key)
        }
        do {
            return try NIOSSLContext(configuration: configuration)
        } catch {
            // Both could be read: what failed is to use one with the other.
            let problem =
                error as? NIOSSLError == .failedToLoadPrivateKey
                ? "the key in \(key ?? "") does not belong to the certificate in \(certificate ?? "")"
                : "the certificates cannot be used (\(error))"
            throw .tlsFailed(address, problem: problem + ". Correct cert= and key= in REDIS_URL")
        }
    }

    private func read<Content>(
        _ path: String, _ option: String, for address: RedisAddress, _ load: (String) throws -> Content
    ) throws(RedisError) -> Content {
        guard access(path, R_OK) == 0 else {
            let reason = errno == ENOENT ? "there is no such file" : String(cString: strerror(errno))
            throw .tlsFailed(
                address, problem: "\(path) cannot be read: \(reason). Correct \(option)= in REDIS_URL")
        }
        do {
            return try load(path)
        } catch {
            let kind = option == "key" ? "private key without a passphrase" : "certificate"
            throw .tlsFailed(address, problem: "\(path) holds no PEM \(kind). Correct \(option)= in REDIS_URL")
        }
    }
}
