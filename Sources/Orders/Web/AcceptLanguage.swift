import Core

extension SpokenLanguage {
  /// The language to answer in: the first of the highest weight in `Accept-Language` (RFC 9110, section 12.5.4) that is
  /// spoken here, by its primary tag (`de-AT` is German). English when there is none, and for a header without sense.
  init(acceptLanguage header: String?) {
    self = header.flatMap(Self.preferred) ?? .english
  }

  private static func preferred(_ header: String) -> SpokenLanguage? {
    var best: (language: SpokenLanguage, weight: Int64)?
    for range in header.utf8.prefix(1_024).split(separator: UInt8(ascii: ",")) {
      let parts = range.split(separator: UInt8(ascii: ";"))
      guard let tag = parts.first.flatMap({ $0.trimmed.split(separator: UInt8(ascii: "-")).first }),
        let language = spoken(tag), let weight = parts.count > 1 ? weight(parts[1].trimmed) : 1_000
      else { continue }
      if weight > best?.weight ?? 0 { best = (language, weight) }
    }
    return best?.language
  }

  private static func spoken(_ tag: some Collection<UInt8>) -> SpokenLanguage? {
    if tag.elementsEqual("*".utf8) { return .english }
    return allCases.first { $0.rawValue.utf8.elementsEqual(tag, by: { $0 == $1 | 0x20 }) }
  }

  /// `q=0.8` in thousandths.
  private static func weight(_ parameter: some Collection<UInt8>) -> Int64? {
    let text = Array(parameter)
    guard text.count >= 3, text[0] | 0x20 == UInt8(ascii: "q"), text[1] == UInt8(ascii: "=") else { return nil }
    guard text.count > 3 else { return text[2] == UInt8(ascii: "1") ? 1_000 : text[2] == UInt8(ascii: "0") ? 0 : nil }
    guard text[3] == UInt8(ascii: "."), text.count <= 7 else { return nil }
    let fraction = (text[4...] + Array("000".utf8)).prefix(3).decimalNumber
    return text[2] == UInt8(ascii: "1") ? (fraction == 0 ? 1_000 : nil) : text[2] == UInt8(ascii: "0") ? fraction : nil
  }
}

extension Substring.UTF8View {
  fileprivate var trimmed: Substring.UTF8View {
    var rest = self
    while let first = rest.first, first == 0x20 || first == 0x09 { rest.removeFirst() }
    while let last = rest.last, last == 0x20 || last == 0x09 { rest.removeLast() }
    return rest
  }
}
