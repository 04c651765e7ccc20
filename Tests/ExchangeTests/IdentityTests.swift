import Exchange
import Foundation
import Testing

@Suite struct IdentityTests {
    struct Golden: Decodable {
        struct Inputs: Decodable {
            let hash_parts: [[Part]]
            let client_order_ids: [[Part]]
        }
        struct Outputs: Decodable {
            let hash_u64: [String]
            let hash_u01: [Double]
            let client_order_ids: [String]
        }
        let inputs: Inputs
        let outputs: Outputs
    }

    /// Text or number in JSON; joined as text.
    struct Part: Decodable {
        let text: String

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let number = try? container.decode(Int.self) {
                text = "\(number)"
            } else {
                text = try container.decode(String.self)
            }
        }
    }

    @Test func `hashes equal the reference to the last bit`() throws {
        let golden = try Fixture.read("ids_auth", as: Golden.self)
        for (index, parts) in golden.inputs.hash_parts.enumerated() {
            let (a, b, c, d) = (parts[0].text, parts[1].text, parts[2].text, parts[3].text)
            #expect(String(DeterministicHash.value(a, b, c, d)) == golden.outputs.hash_u64[index])
            #expect(DeterministicHash.unit(a, b, c, d) == golden.outputs.hash_u01[index])
        }
    }

    @Test func `client order ids equal the reference`() throws {
        let golden = try Fixture.read("ids_auth", as: Golden.self)
        for (index, parts) in golden.inputs.client_order_ids.enumerated() {
            let id = ClientOrderID(job: parts[0].text, leg: parts[1].text, attempt: Int(parts[2].text)!)
            #expect(id.rawValue == golden.outputs.client_order_ids[index])
        }
    }

    @Test func `a client order id is coded as plain text`() throws {
        let id = ClientOrderID(job: "j", leg: "maker", attempt: 0)
        let bytes = try JSONEncoder().encode([id])
        #expect(String(decoding: bytes, as: UTF8.self) == "[\"\(id)\"]")
        #expect(try JSONDecoder().decode([ClientOrderID].self, from: bytes) == [id])
    }
}
