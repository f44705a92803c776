/// Texts one behind the other in one piece of memory: who keeps thousands has no memory on the heap for each.
package struct PackedTexts: Sendable, Hashable {
  /// UTF-8.
  package private(set) var bytes: [UInt8] = []
  /// Where in `bytes` each ends.
  package private(set) var ends: [Int] = []

  package init() {}

  package var count: Int { ends.count }

  package mutating func append(_ text: String) {
    bytes.append(contentsOf: text.utf8)
    ends.append(bytes.count)
  }

  /// - Parameter write: appends a text in UTF-8, and changes nothing that is there.
  package mutating func append(writing write: (inout [UInt8]) -> Void) {
    write(&bytes)
    ends.append(bytes.count)
  }

  /// Of the text at `index`.
  package func range(_ index: Int) -> Range<Int> { (index == 0 ? 0 : ends[index - 1])..<ends[index] }

  /// - Parameter body: is not to keep the bytes.
  package func withBytes<Result>(of index: Int, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    bytes.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[range(index)])) }
  }

  /// Keeps the memory.
  package mutating func removeAll() {
    bytes.removeAll(keepingCapacity: true)
    ends.removeAll(keepingCapacity: true)
  }
}
