import Core
import Privacy

/// The body of a POST: one JSON object without card data in any of its members.
package struct JSONBody: Sendable {
  private let object: JSONNode

  /// - Throws: 415 `unsupported_media_type`, 400 `invalid_json`, 422 `card_data_refused`.
  package init(_ request: Request) throws(Problem) {
    let document = try request.jsonDocument()
    object = document.root
    guard object.isObject else {
      throw Problem(
        status: 400, code: "invalid_json", title: "The body is not valid JSON", detail: "Send one JSON object.")
    }
    if let place = CardNumbers.pointer(in: document) { throw .cardDataRefused(at: place) }
  }

  /// An object inside a body that was looked through as a whole.
  package init(checked object: JSONNode) {
    self.object = object
  }

  /// All of it as a tree.
  package var value: JSONValue { object.value }

  /// The text of a member; nil if it is missing or null.
  ///
  /// - Throws: `problem` if it is anything else.
  package func text(_ name: String, or problem: @autoclosure () -> Problem) throws(Problem) -> String? {
    guard let member = self[name] else { return nil }
    guard let text = member.string else { throw problem() }
    return text
  }

  /// A member of another kind; nil if it is missing or null.
  package subscript(name: String) -> JSONNode? {
    guard let member = object[name], !member.isNull else { return nil }
    return member
  }
}

extension Problem {
  /// - Parameter place: a JSON pointer.
  package static func cardDataRefused(at place: String) -> Problem {
    Problem(
      status: 422, code: "card_data_refused", title: "Card numbers are not taken",
      detail: "\(place) holds a card number. Nothing of the body was kept. Send it without.")
  }
}
