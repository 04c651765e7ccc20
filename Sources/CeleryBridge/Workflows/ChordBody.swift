/// What the last header task of a chord leaves for the native job that goes on with the body.
package struct ChordBody: Sendable, Equatable {
    /// The group id of the header.
    package var group: String
    /// The body as the header carries it.
    package var signature: Signature
    /// The header task that came last: parent of the body.
    package var parentID: String
    /// The first task of its tree.
    package var rootID: String
    /// Where the body goes when it names no queue.
    package var queue: String

    /// - Parameter signature: the `chord` of a header task's message.
    package init(group: String, signature: Signature, parentID: String, rootID: String, queue: String) {
        self.group = group
        self.signature = signature
        self.parentID = parentID
        self.rootID = rootID
        self.queue = queue
    }

    /// Reads what `json` wrote.
    /// - Throws: when it is something else.
    package init(json: [UInt8]) throws(WireError) {
        let object = try WireValue.parse(json).object
        guard let object, let group = object["group"]?.string, let signature = Signature(object["chord"] ?? .null)
        else {
            throw WireError("The chord's body is not what a header task left. Publish the chord again.")
        }
        self.init(
            group: group, signature: signature, parentID: object["parent"]?.string ?? "",
            rootID: object["root"]?.string ?? "", queue: object["queue"]?.string ?? "")
    }

    /// The form in which it lies in the native job.
    package var json: String {
        WireValue.object(
            WireObject([
                ("group", .text(group)), ("chord", signature.wire), ("parent", .text(parentID)),
                ("root", .text(rootID)), ("queue", .text(queue)),
            ])
        ).json
    }
}

/// A result of a chord's header task, as `.j` holds it: `[1, id, state, result]`.
struct ChordMember {
    let id: String
    let state: String
    let result: WireValue

    init(id: String, state: String, result: WireValue) {
        self.id = id
        self.state = state
        self.result = result
    }

    init?(json: String) {
        guard let parts = (try? WireValue.parse(json))?.list, parts.count == 4, let state = parts[2].string else {
            return nil
        }
        self.init(id: parts[1].string ?? parts[1].json, state: state, result: parts[3])
    }

    var json: String {
        var writer = WireWriter(capacity: 128)
        writer.raw("[1, " as StaticString)
        writer.text(id)
        writer.raw(", " as StaticString)
        writer.text(state)
        writer.raw(", " as StaticString)
        writer.value(result)
        writer.raw("]" as StaticString)
        return writer.text
    }

    /// Why the body cannot run, when the task did not succeed.
    var error: TaskFailure? {
        guard state == "FAILURE" || state == "REVOKED" else { return nil }
        let object = result.object
        let arguments = object?["exc_message"] ?? .null
        let type = object?["exc_type"]?.string ?? "Exception"
        let cause = TaskFailure(type, arguments.list ?? [arguments]).repr
        return TaskFailure(
            "ChordError", module: "celery.exceptions", [.text("Dependency \(id) raised \(cause)")])
    }
}
