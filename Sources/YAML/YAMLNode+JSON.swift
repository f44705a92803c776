import Core

extension YAMLNode {
  /// The same value as JSON. Scalars without quotes become what the core schema of YAML 1.2 says they are: nothing, a
  /// truth value, a number or a text. Infinity and not-a-number, which JSON lacks, stay texts.
  package var json: JSONValue {
    switch content {
    case .scalar(let text, .plain): plainJSON(text)
    case .scalar(let text, _): .string(text)
    case .sequence(let items): .array(items.map(\.json))
    case .mapping(let entries): .object(entries.map { JSONValue.Member($0.key, $0.value.json) })
    }
  }

  private func plainJSON(_ text: String) -> JSONValue {
    if isNull { return .null }
    if let bool { return .bool(bool) }
    if let int { return .integer(int) }
    return .number(fromFloat: text) ?? .string(text)
  }
}

extension JSONValue {
  /// `[-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?` as JSON writes it.
  fileprivate static func number(fromFloat text: String) -> JSONValue? {
    var rest = text.utf8[...]
    let negative = rest.first == UInt8(ascii: "-")
    if negative || rest.first == UInt8(ascii: "+") { rest = rest.dropFirst() }
    let whole = rest.prefix(while: \.isDecimalDigit)
    rest = rest.dropFirst(whole.count)
    var fraction = rest.prefix(0)
    if rest.first == UInt8(ascii: ".") {
      rest = rest.dropFirst()
      fraction = rest.prefix(while: \.isDecimalDigit)
      rest = rest.dropFirst(fraction.count)
    }
    guard !whole.isEmpty || !fraction.isEmpty else { return nil }
    var digits = negative ? "-" : ""
    let significant = whole.drop { $0 == UInt8(ascii: "0") }
    digits += significant.isEmpty ? "0" : String(decoding: significant, as: UTF8.self)
    if !fraction.isEmpty { digits += "." + String(decoding: fraction, as: UTF8.self) }
    guard let exponent = exponent(rest) else { return nil }
    return .number(digits + exponent)
  }

  private static func exponent(_ text: Substring.UTF8View) -> String? {
    guard let first = text.first else { return "" }
    guard first | 0x20 == UInt8(ascii: "e") else { return nil }
    var digits = text.dropFirst()
    let sign = digits.first == UInt8(ascii: "-") ? "-" : ""
    if digits.first == UInt8(ascii: "-") || digits.first == UInt8(ascii: "+") { digits = digits.dropFirst() }
    guard !digits.isEmpty, digits.allSatisfy(\.isDecimalDigit) else { return nil }
    return "e\(sign)" + String(decoding: digits, as: UTF8.self)
  }
}
