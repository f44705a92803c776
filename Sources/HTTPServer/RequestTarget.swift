import Core

/// The parts of a request target (RFC 9112, section 3.2), as ranges of the bytes they were read from.
struct RequestTarget: Sendable {
  /// Empty only in the absolute form without a path, which means `/`.
  let path: Range<Int>
  let query: Range<Int>?
  /// Of the absolute form: must agree with Host.
  let authority: Range<Int>?

  /// - Parameter bytes: the target alone; its indices become those of the ranges.
  /// - Throws: `Refusal.target` for anything but the origin form, the absolute form with `http` or `https`, and `*`
  ///   with OPTIONS. CONNECT is refused here, as this is no proxy and bytes after it would have no framing.
  init(_ bytes: Bytes, isOptions: Bool, isConnect: Bool) throws(Refusal) {
    var start = bytes.startIndex
    var authority: Range<Int>?
    guard !isConnect, let first = bytes.first else { throw .target }
    if first == UInt8(ascii: "*") {
      guard bytes.count == 1, isOptions else { throw .target }
      self.init(path: bytes.startIndex..<bytes.endIndex, query: nil, authority: nil)
      return
    }
    if first != UInt8(ascii: "/") {
      let scheme: Int
      if bytes.prefix(7).isCaseInsensitively("http://") {
        scheme = 7
      } else if bytes.prefix(8).isCaseInsensitively("https://") {
        scheme = 8
      } else {
        throw .target
      }
      let rest = bytes.dropFirst(scheme)
      start = rest.firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") } ?? rest.endIndex
      guard rest[rest.startIndex..<start].isAuthority else { throw .target }
      authority = rest.startIndex..<start
    }
    try self.init(start..<bytes.endIndex, of: bytes, authority: authority)
  }

  private init(_ range: Range<Int>, of bytes: Bytes, authority: Range<Int>?) throws(Refusal) {
    let inPath = ByteSet.path
    let inQuery = ByteSet.query
    var question: Int?
    var position = range.lowerBound
    while position < range.upperBound {
      let byte = bytes[position]
      if question == nil, byte == UInt8(ascii: "?") {
        question = position
      } else {
        guard (question == nil ? inPath : inQuery).contains(byte) else { throw .target }
        if byte == UInt8(ascii: "%") {
          guard position + 2 < range.upperBound, bytes[position + 1].isHexDigit, bytes[position + 2].isHexDigit else {
            throw .target
          }
        }
      }
      position += 1
    }
    self.init(
      path: range.lowerBound..<(question ?? range.upperBound), query: question.map { $0 + 1..<range.upperBound },
      authority: authority)
  }

  private init(path: Range<Int>, query: Range<Int>?, authority: Range<Int>?) {
    self.path = path
    self.query = query
    self.authority = authority
  }
}
