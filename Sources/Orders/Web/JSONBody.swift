import Core
import HTTPMessages
import HTTPServer
import Privacy

/// The body of a POST of this feature: one JSON object without card data in any of its members.
struct JSONBody: Sendable {
  private let value: JSONValue

  /// - Throws: 415, 400 `json_invalid`, 422 `card_data_refused`.
  init(_ request: Request) throws(Problem) {
    if let type = request.headers["content-type"], !Self.isJSON(type) { throw .notJSON }
    do {
      value = try JSONValue(parsing: request.body, depth: 8)
    } catch {
      throw .jsonInvalid("\(error)")
    }
    guard value.members != nil else { throw .jsonInvalid("an object is expected") }
    if let place = CardNumbers.pointer(in: value) { throw .cardDataRefused(at: place) }
  }

  /// The text of a member; nil if it is missing or null.
  ///
  /// - Throws: `problem` if it is anything else.
  func text(_ name: String, or problem: Problem) throws(Problem) -> String? {
    guard let member = value[name], !member.isNull else { return nil }
    guard let text = member.string else { throw problem }
    return text
  }

  private static func isJSON(_ type: String) -> Bool {
    let essence = type.utf8.prefix { $0 != UInt8(ascii: ";") }.filter { $0 != UInt8(ascii: " ") }
    return essence.elementsEqual("application/json".utf8, by: { $0 | 0x20 == $1 | 0x20 })
  }
}

extension Problem {
  static let notJSON = Problem(
    status: 415, code: "content_type_unsupported", title: "The body is no JSON",
    detail: "Send the body as application/json.")

  static func jsonInvalid(_ reason: String) -> Problem {
    Problem(
      status: 400, code: "json_invalid", title: "The body cannot be read",
      detail: "The body is not one JSON object: \(reason).")
  }

  /// - Parameter place: a JSON pointer.
  static func cardDataRefused(at place: String) -> Problem {
    Problem(
      status: 422, code: "card_data_refused", title: "Card numbers are not taken",
      detail: "\(place) holds a card number. Nothing of the body was kept. Send it without.")
  }
}
