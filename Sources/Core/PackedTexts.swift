/// Texts one behind the other in one piece of memory: who keeps thousands has no memory on the heap for each.
package struct PackedTexts: Sendable, Hashable {
  /// UTF-8.
  package private(set) var bytes: [UInt8] = []
  /// Where in `bytes` each ends.
  package private(set) var ends: [Int] = []

  package init() {}

  package var count: Int { ends.count }

  /// - Parameter text: UTF-8.
  package mutating func append(_ text: UnsafeRawBufferPointer) {
    bytes.append(contentsOf: text)
    ends.append(bytes.count)
  }

  /// Of the text at `index`.
  package func range(_ index: Int) -> Range<Int> { (index == 0 ? 0 : ends[index - 1])..<ends[index] }

  package subscript(_ index: Int) -> String { String(decoding: bytes[range(index)], as: UTF8.self) }

  /// Keeps the memory.
  package mutating func removeAll() {
    bytes.removeAll(keepingCapacity: true)
    ends.removeAll(keepingCapacity: true)
  }
}
