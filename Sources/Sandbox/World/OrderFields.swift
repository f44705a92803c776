import Core

/// The members of one object of an orders file, read with the place where they stand.
struct OrderFields {
  let value: JSONValue
  let place: String

  init(_ value: JSONValue, at place: String) throws(OrdersFileError) {
    guard value.members != nil else {
      throw OrdersFileError(place: place, reason: "This must be a group of names and values.")
    }
    self.value = value
    self.place = place
  }

  func error(_ name: String, _ reason: String) -> OrdersFileError { .init(place: "\(place).\(name)", reason: reason) }

  func allow(_ names: String...) throws(OrdersFileError) {
    for member in value.members ?? [] where !names.contains(member.name) {
      throw error(member.name, "Nothing has this name here. Known: \(names.joined(separator: ", ")).")
    }
  }

  /// Nothing and `null` are the same.
  private func member(_ name: String) -> JSONValue? {
    guard let value = value[name], !value.isNull else { return Optional.none }
    return value
  }

  /// Text, or a number as it was written: nobody quotes a postal code or a price.
  func text(_ name: String) throws(OrdersFileError) -> String? {
    switch member(name) {
    case nil: return nil
    case .string(let text): return text
    case .number(let digits): return digits
    default: throw error(name, "This must be text.")
    }
  }

  func required(_ name: String) throws(OrdersFileError) -> String {
    guard let text = try text(name), !text.isEmpty else { throw error(name, "This is required.") }
    return text
  }

  func flag(_ name: String) throws(OrdersFileError) -> Bool? {
    guard let value = member(name) else { return nil }
    guard let flag = value.bool else { throw error(name, "This must be true or false.") }
    return flag
  }

  func count(_ name: String) throws(OrdersFileError) -> Int? {
    guard let value = member(name) else { return nil }
    guard let number = value.integer, (0...1_000_000).contains(number) else {
      throw error(name, "This must be a whole number from 0 to 1000000.")
    }
    return Int(number)
  }

  func date(_ name: String) throws(OrdersFileError) -> CalendarDate? {
    guard let text = try text(name) else { return nil }
    guard let date = CalendarDate(text) else { throw error(name, "\(text) is no day such as 2026-11-20.") }
    return date
  }

  func time(_ name: String) throws(OrdersFileError) -> Timestamp? {
    guard let text = try text(name) else { return nil }
    guard let time = Timestamp(text) else { throw error(name, "\(text) is no time such as 2026-11-20T09:30:00Z.") }
    return time
  }

  func choice<Choice: RawRepresentable<String> & CaseIterable>(_ name: String, _ type: Choice.Type)
    throws(OrdersFileError) -> Choice?
  {
    guard let text = try text(name) else { return nil }
    guard let choice = Choice(rawValue: text) else {
      throw error(name, "\(text) is none of \(Choice.allCases.map(\.rawValue).joined(separator: ", ")).")
    }
    return choice
  }

  func list(_ name: String) throws(OrdersFileError) -> [OrderFields] {
    guard let items = member(name)?.array else { throw error(name, "This must be a list.") }
    var fields: [OrderFields] = []
    for (index, item) in items.enumerated() { fields.append(try OrderFields(item, at: "\(place).\(name)[\(index)]")) }
    return fields
  }

  func group(_ name: String) throws(OrdersFileError) -> OrderFields? {
    guard let value = member(name) else { return nil }
    return try OrderFields(value, at: "\(place).\(name)")
  }
}
