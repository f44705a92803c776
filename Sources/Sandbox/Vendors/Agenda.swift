/// What is to be done when: the soonest first, and at the same moment what was put down first.
struct Agenda<Item: Sendable>: Sendable {
  private struct Entry: Sendable {
    let due: Duration
    let item: Item
  }

  /// The soonest last: taking the last moves nothing.
  private var entries: [Entry] = []

  var isEmpty: Bool { entries.isEmpty }
  var count: Int { entries.count }
  var nextDue: Duration? { entries.last?.due }

  /// - Parameter due: on `TimeSource.uptime`.
  mutating func add(_ item: Item, due: Duration) {
    var (low, high) = (0, entries.count)
    while low < high {
      let middle = (low + high) / 2
      if entries[middle].due > due { low = middle + 1 } else { high = middle }
    }
    entries.insert(Entry(due: due, item: item), at: low)
  }

  mutating func takeDue(at now: Duration) -> Item? {
    guard let last = entries.last, last.due <= now else { return nil }
    entries.removeLast()
    return last.item
  }
}
