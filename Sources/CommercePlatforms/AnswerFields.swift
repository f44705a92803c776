import Core

/// Reads the members of an answer: tolerant of what is missing, strict in what is there.
struct AnswerFields {
  private let object: JSONValue
  private let path: String

  /// No shop has titles or numbers as long as this; what has is cut.
  private static let longestText = 500

  init(_ value: JSONValue, at path: String = "") throws(UnreadableAnswer) {
    guard value.members != nil else { throw UnreadableAnswer(path.isEmpty ? "no object" : path) }
    object = value
    self.path = path
  }

  func place(_ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }

  /// Nil for a member that is missing or null.
  func value(_ name: String) -> JSONValue? {
    // Not `flatMap`: a `nil` in its closure would be JSON's null.
    guard let value = object[name], !value.isNull else { return nil }
    return value
  }

  /// Text, or a number as it was written; nil when missing, null or empty.
  func text(_ name: String) throws(UnreadableAnswer) -> String? {
    switch value(name) {
    case nil: return nil
    case .string(let text), .number(let text): return text.isEmpty ? nil : String(text.prefix(Self.longestText))
    default: throw UnreadableAnswer(place(name))
    }
  }

  /// The first of several names that has text.
  func text(_ names: [String]) throws(UnreadableAnswer) -> String? {
    for name in names {
      if let text = try text(name) { return text }
    }
    return nil
  }

  func flag(_ name: String) throws(UnreadableAnswer) -> Bool? {
    guard let value = value(name) else { return nil }
    guard let flag = value.bool else { throw UnreadableAnswer(place(name)) }
    return flag
  }

  func count(_ name: String) throws(UnreadableAnswer) -> Int? {
    guard let text = try text(name) else { return nil }
    guard let count = text.utf8.decimalNumber, count <= 1_000_000 else { throw UnreadableAnswer(place(name)) }
    return Int(count)
  }

  /// A day, or the day that a time begins with, in the shop's own zone.
  func date(_ name: String) throws(UnreadableAnswer) -> CalendarDate? {
    guard let text = try text(name) else { return nil }
    guard text.utf8.count == 10 || Timestamp(text) != nil, let date = CalendarDate(String(text.prefix(10))) else {
      throw UnreadableAnswer(place(name))
    }
    return date
  }

  func fields(_ name: String) throws(UnreadableAnswer) -> AnswerFields? {
    guard let value = value(name) else { return nil }
    return try AnswerFields(value, at: place(name))
  }

  /// Nothing when it is missing.
  func list(_ name: String, atMost limit: Int = 250) throws(UnreadableAnswer) -> [AnswerFields] {
    guard let value = value(name) else { return [] }
    guard let items = value.array, items.count <= limit else { throw UnreadableAnswer(place(name)) }
    var fields: [AnswerFields] = []
    for (index, item) in items.enumerated() { fields.append(try AnswerFields(item, at: "\(place(name))[\(index)]")) }
    return fields
  }
}
