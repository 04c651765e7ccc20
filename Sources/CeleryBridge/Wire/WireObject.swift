/// The members of a JSON object in their order; of two with one name the last counts, as in Python.
package struct WireObject: Sendable, Equatable {
    /// Name and value in the order of the text.
    package private(set) var members: [(name: String, value: WireValue)]

    /// No members.
    package init() { members = [] }

    /// - Parameter members: names and values in order.
    package init(_ members: [(name: String, value: WireValue)]) {
        self.members = members
        removeDoubles()
    }

    /// The value of a member; setting nil removes it.
    package subscript(name: String) -> WireValue? {
        get { members.firstIndex { Self.same($0.name, name) }.map { members[$0].value } }
        set {
            guard let newValue else { return members.removeAll { Self.same($0.name, name) } }
            if let index = members.firstIndex(where: { Self.same($0.name, name) }) {
                members[index].value = newValue
            } else {
                members.append((name, newValue))
            }
        }
    }

    package static func == (left: WireObject, right: WireObject) -> Bool {
        left.members.count == right.members.count
            && zip(left.members, right.members).allSatisfy { same($0.name, $1.name) && $0.value == $1.value }
    }

    /// Names differ when their bytes differ; Swift's `==` alone would take two spellings of an accent for one name.
    private static func same(_ left: String, _ right: String) -> Bool {
        left.utf8.count == right.utf8.count && left == right
    }

    private mutating func removeDoubles() {
        guard members.count > 1 else { return }
        // Comparing each with each is quicker than hashing while an object is small; a client chooses its size.
        if members.count <= 24 {
            let isDoubled = members.withUnsafeBufferPointer { members in
                for index in 1..<members.count {
                    for earlier in 0..<index where Self.same(members[earlier].name, members[index].name) { return true }
                }
                return false
            }
            guard isDoubled else { return }
        }
        var places: [[UInt8]: Int] = [:]
        var kept: [(name: String, value: WireValue)] = []
        for member in members {
            let key = Array(member.name.utf8)
            if let place = places[key] {
                kept[place].value = member.value
            } else {
                places[key] = kept.count
                kept.append(member)
            }
        }
        members = kept
    }
}
