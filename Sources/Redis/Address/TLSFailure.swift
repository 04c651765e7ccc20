import NIOCore
import NIOSSL

/// Translates errors of the TLS layer into sentences for the log. Pure.
enum TLSFailure {
    /// The name to verify and to ask for; `nil` makes NIOSSL verify the IP address, which no client may ask for.
    static func serverName(for address: RedisAddress) -> String? {
        let name = address.tls?.serverName ?? address.host
        return (try? SocketAddress(ipAddress: name, port: 0)) == nil ? name : nil
    }

    /// The error of the connection; `nil` when the TLS layer is not to blame.
    static func error(_ error: any Error, at address: RedisAddress) -> RedisError? {
        guard let tls = address.tls else { return nil }
        if let extra = error as? NIOSSLExtraError, extra == .failedToValidateHostname {
            let name = tls.serverName ?? address.host
            return .tlsFailed(
                address,
                problem: "its certificate does not name '\(name)'. Use the host that it names, or set servername= in "
                    + "REDIS_URL"
            )
        }
        let text = "\(error)"
        guard error is NIOSSLError || error is BoringSSLError else { return nil }
        if text.contains("EOF during handshake") || error as? NIOSSLError == .uncleanShutdown {
            return .handshakeFailed(
                address, problem: "closed the connection during the TLS handshake. Look at its log, and at REDIS_URL")
        }
        return .tlsFailed(address, problem: problem(text, tls))
    }

    /// BoringSSL tells its reasons in capitals within a longer text.
    private static func problem(_ text: String, _ tls: RedisTLS) -> String {
        let known: [(mark: String, problem: String)] = [
            (
                "CERTIFICATE_VERIFY_FAILED",
                "its certificate is not signed by an authority in \(tls.authorities ?? "the system's list"), or not "
                    + "valid today. Set ca= in REDIS_URL to the file of the authority that signed it"
            ),
            (
                "WRONG_VERSION_NUMBER",
                "what listens there does not speak TLS. Use the server's tls-port, or redis:// instead of rediss://"
            ),
            (
                "CERTIFICATE_REQUIRED",
                "it demands a client certificate. Set cert= and key= in REDIS_URL"
            ),
            (
                "ALERT_UNKNOWN_CA",
                "it does not trust our client certificate. Use one that is signed by the authority in its "
                    + "tls-ca-cert-file"
            ),
        ]
        if let (_, problem) = known.first(where: { text.contains($0.mark) }) { return problem }
        // TLS 1.2 servers answer a missing client certificate with a general alert.
        if text.contains("HANDSHAKE_FAILURE"), tls.certificate == nil {
            return "it refused the handshake, perhaps for want of a client certificate. Set cert= and key= in REDIS_URL"
        }
        return "the TLS handshake failed (\(text))"
    }
}

extension RedisAddress {
    fileprivate var host: String {
        if case .tcp(let host, _) = endpoint { host } else { location }
    }
}
