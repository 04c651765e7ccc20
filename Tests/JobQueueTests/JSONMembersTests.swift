import Testing

@testable import JobQueue

@Suite struct JSONMembersTests {
    @Test(arguments: [
        (#"{"a":1,"a":2}"#, #"{"a":2}"#), (#"{"a":1,"b":2,"a":3}"#, #"{"a":3,"b":2}"#),
        (#"{ "a" : { "b" : 1 , "b" : [ 1 , { "c":1,"c":"x,}\"" } ] } }"#, #"{"a":{"b":[1,{"c":"x,}\""}]}}"#),
        (#"{"\u0061":1,"a":null}"#, #"{"\u0061":null}"#), (#"[{"a":1,"a":2},{}]"#, #"[{"a":2},{}]"#),
        (#"{"a":1,"a":{},"a":[],"b":""}"#, #"{"a":[],"b":""}"#),
    ])
    func `the last member of a name counts`(given: String, expected: String) throws {
        #expect(try JobPayload(json: given).bytes == Array(expected.utf8))
    }

    @Test(arguments: [
        "{}", "[]", "5", #""a:b:c""#, #"{"a": 1}"#, #"{"a":1, "b":{"a":1, "b":[]}}"#, #"{"a":"b", "A":"b"}"#,
        #"[ {"a":1}, {"a":1} ]"#, #"{"a":{"a":{"a":1}}}"#, #"{"":1,"\"":2}"#,
    ])
    func `what has no name twice stays as it is`(given: String) throws {
        #expect(try JobPayload(json: given).bytes == Array(given.utf8))
    }

    @Test func `the deepest arguments that are taken are read`() throws {
        let depth = JobPayload.depthLimit / 2
        let given = String(repeating: #"[{"a":1,"a":"#, count: depth) + "2" + String(repeating: "}]", count: depth)
        let expected = String(repeating: #"[{"a":"#, count: depth) + "2" + String(repeating: "}]", count: depth)
        #expect(try JobPayload(json: given).bytes == Array(expected.utf8))
    }
}
