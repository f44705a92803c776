import Core

/// The one place where personal and card data are taken out of what is written.
///
/// What is written for them: `[card …4242]`, `[phone …67]`, `[email]`, `[personal]` for names and addresses, and
/// `[redacted]` for secrets and for the values in a URL's query.
package enum Masking {
  /// `value` as it may be written to a log under the name `name`: card numbers, phone numbers, e-mail addresses and
  /// the values of names that stand for secrets or persons are masked, at any depth.
  ///
  /// Ids of ours, request ids, times, durations, UUIDs and order numbers pass unchanged. `name` and `address` mean a
  /// person's: what a machine is called belongs under another name (`platform`, `client`, `listen`).
  package static func masked(_ value: JSONValue, named name: String) -> JSONValue {
    switch FieldKind.of(name) {
    case .secret: return whole(value, as: "[redacted]")
    case .person: return whole(value, as: "[personal]")
    case .email: return whole(value, as: "[email]")
    case .phone: return phone(value)
    case .plain: break
    }
    switch value {
    case .null, .bool: return value
    case .string(let text): return masked(text, named: name).map(JSONValue.string) ?? value
    case .number(let digits): return masked(digits, named: name).map(JSONValue.string) ?? value
    case .array(let items): return .array(items.map { masked($0, named: name) })
    case .object(let members):
      return .object(
        members.map { .init(masked($0.name, named: "") ?? $0.name, masked($0.value, named: $0.name)) })
    }
  }

  /// `text` as it may be written under no name, such as an error's description.
  package static func masked(_ text: String) -> String {
    masked(text, named: "") ?? text
  }

  /// Nil when there is nothing to mask, which is the usual case.
  private static func masked(_ text: String, named name: String) -> String? {
    let utf8 = Array(text.utf8)
    let hints = TextHints(utf8)
    guard !hints.isClean else { return nil }
    var edits: [PersonalData.Edit] = []
    if hints.mayHoldCard {
      edits = CardNumbers.find(in: utf8, named: name, threshold: .mask).map { ($0.range, "[card …\($0.lastFour)]") }
    }
    if hints.hasSpace || hints.longestWord > 20 { edits += PersonalData.credentials(in: utf8) }
    if hints.hasQuestionMark || hints.hasAt && hints.hasColon { edits += PersonalData.urlParts(in: utf8) }
    if hints.hasAt || hints.hasPercent { edits += PersonalData.emails(in: utf8) }
    if hints.mayHoldPhone { edits += PhoneNumbers.find(in: utf8) }
    return edits.isEmpty ? nil : apply(edits, to: utf8)
  }

  /// Where two edits overlap, the one that was found first stands.
  private static func apply(_ edits: [PersonalData.Edit], to utf8: [UInt8]) -> String {
    var kept: [PersonalData.Edit] = []
    for edit in edits where !kept.contains(where: { $0.range.overlaps(edit.range) }) { kept.append(edit) }
    var output: [UInt8] = []
    var position = 0
    for edit in kept.sorted(by: { $0.range.lowerBound < $1.range.lowerBound }) {
      output += utf8[position..<edit.range.lowerBound]
      output += edit.replacement.utf8
      position = edit.range.upperBound
    }
    output += utf8[position...]
    return String(decoding: output, as: UTF8.self)
  }

  private static func whole(_ value: JSONValue, as replacement: String) -> JSONValue {
    switch value {
    case .null, .bool, .string(""), .array([]), .object([]): value
    default: .string(replacement)
    }
  }

  private static func phone(_ value: JSONValue) -> JSONValue {
    switch value {
    case .string(let text), .number(let text):
      let digits = text.utf8.filter(\.isDecimalDigit)
      return text.isEmpty ? value : .string("[phone …\(String(decoding: digits.suffix(2), as: UTF8.self))]")
    case .array(let items): return .array(items.map(phone))
    default: return whole(value, as: "[phone]")
    }
  }
}
