/// The tables of one room, as the steps that made them. Steps are only ever added.
package struct Schema: Sendable {
  /// The room that owns the tables, such as `jobs`.
  package let room: String
  /// Step 1 first. Each is one or more statements, separated by `;`, in the dialect that both engines speak.
  package let steps: [String]

  package init(room: String, steps: [String]) {
    self.room = room
    self.steps = steps
  }
}
