import HTTPTypes
import HummingbirdCore
import Logging
import NIOCore

/// Passes on to the old backend what is not served here.
public struct Fallback: Sendable {
    let client: UpstreamClient
    /// Whether requests that change something are passed on too.
    let passesChanges: Bool

    /// - Parameter passesChanges: false lets the old backend be asked, and never be told anything.
    public init(_ address: UpstreamAddress, passesChanges: Bool) {
        client = UpstreamClient(address)
        self.passesChanges = passesChanges
    }

    /// - Throws: `notImplemented` for a change that is not passed on; `unavailable` when the backend does not answer.
    func answer(_ request: Request) async throws -> Answer {
        let isReading = [.get, .head, .options].contains(request.method)
        guard isReading || passesChanges else {
            throw DashboardError.notImplemented(
                "This is not served here, and changes are not passed on to the old backend. Start the API with "
                    + "--fallback-writes to pass them on.")
        }
        let body: [UInt8]? =
            isReading ? nil : Array(try await request.body.collect(upTo: RequestBodyReader.most).readableBytesView)
        do throws(UpstreamClient.Failure) {
            let reply = try await client.ask(request.method, request.head.path ?? "/", body: body)
            return Answer(status: reply.status, contentType: reply.contentType, body: reply.body)
        } catch {
            throw DashboardError.unavailable("The old backend was asked, and \(error).")
        }
    }
}
