import Core

extension SpokenLanguage {
  /// The language to answer in: the first of the highest weight in `Accept-Language` (RFC 9110, section 12.5.4) that is
  /// spoken here, by its primary tag (`de-AT` is German). English when there is none, and for a header without sense.
  init(acceptLanguage header: String?) {
    self = header.flatMap(Self.preferred) ?? .english
  }

  private static func preferred(_ header: String) -> SpokenLanguage? {
    var best: (language: SpokenLanguage, weight: Int64)?
    var rest = header.utf8.prefix(1_024)
    while !rest.isEmpty {
      var range = rest.cut(at: UInt8(ascii: ","))
      var tag = range.cut(at: UInt8(ascii: ";")).trimmed
      guard let language = spoken(tag.cut(at: UInt8(ascii: "-"))), let weight = weight(range.trimmed) else { continue }
      if weight > best?.weight ?? 0 { best = (language, weight) }
    }
    return best?.language
  }

  private static func spoken(_ tag: Substring.UTF8View) -> SpokenLanguage? {
    if tag.elementsEqual("*".utf8) { return .english }
    return allCases.first { $0.rawValue.utf8.elementsEqual(tag, by: { $0 == $1 | 0x20 }) }
  }

  /// `q=0.8` in thousandths; all of it for nothing.
  private static func weight(_ parameter: Substring.UTF8View) -> Int64? {
    var fraction = parameter
    guard !parameter.isEmpty else { return 1_000 }
    let name = fraction.cut(at: UInt8(ascii: "="))
    let whole = fraction.cut(at: UInt8(ascii: "."))
    guard name.elementsEqual("q".utf8) || name.elementsEqual("Q".utf8), fraction.count <= 3,
      var thousandths = fraction.isEmpty ? 0 : fraction.decimalNumber
    else { return nil }
    for _ in fraction.count..<3 { thousandths *= 10 }
    if whole.elementsEqual("0".utf8) { return thousandths }
    return whole.elementsEqual("1".utf8) && thousandths == 0 ? 1_000 : nil
  }
}

extension Substring.UTF8View {
  /// Takes off what stands before the first `separator`, and the separator; all if there is none.
  fileprivate mutating func cut(at separator: UInt8) -> Substring.UTF8View {
    guard let end = firstIndex(of: separator) else {
      defer { self = self[endIndex...] }
      return self
    }
    defer { self = self[index(after: end)...] }
    return self[..<end]
  }

  fileprivate var trimmed: Substring.UTF8View {
    var rest = self
    while let first = rest.first, first == 0x20 || first == 0x09 { rest.removeFirst() }
    while let last = rest.last, last == 0x20 || last == 0x09 { rest.removeLast() }
    return rest
  }
}
