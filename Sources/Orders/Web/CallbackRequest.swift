import Core
import HTTPServer

/// `POST /v1/callbacks`: `{number, name?, order_id?, at?}`.
struct CallbackRequest: Sendable {
  private static let longestName = 100

  let callback: Callback

  /// - Throws: 422 `number_invalid`, `name_invalid`, `order_id_invalid`, `at_invalid`, `at_in_past`.
  init(_ body: JSONBody, configuration: LiveOrdersConfiguration, now: Timestamp) throws(Problem) {
    let (countryCode, horizon) = configuration.read { ($0.countryCode, $0.callbackHorizon) }
    let number = try body.phoneNumber(countryCode: countryCode)
    callback = Callback(
      number: number.e164, name: try Self.name(body), orderID: try Self.orderID(body, configuration.idFormat),
      at: try Self.moment(body, now: now, horizon: horizon))
  }

  private static func name(_ body: JSONBody) throws(Problem) -> String? {
    guard let text = try body.text("name", or: .nameInvalid) else { return nil }
    let name = text.drop { $0 == " " }
    guard !name.isEmpty, name.count <= longestName, name.utf8.count <= 4 * longestName,
      name.unicodeScalars.allSatisfy({ $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) })
    else { throw .nameInvalid }
    return String(name)
  }

  private static func orderID(_ body: JSONBody, _ format: OrderIDFormat) throws(Problem) -> OrderID? {
    guard let text = try body.text("order_id", or: .orderIDInvalid) else { return nil }
    guard let id = format.parse(text) else { throw .orderIDInvalid }
    return id
  }

  private static func moment(_ body: JSONBody, now: Timestamp, horizon: Duration) throws(Problem) -> Timestamp? {
    guard let text = try body.text("at", or: .momentInvalid) else { return nil }
    guard text.utf8.count > "2026-11-20".utf8.count, let at = Timestamp(text), at <= now + horizon else {
      throw .momentInvalid
    }
    guard at > now else { throw .momentInPast }
    return at
  }
}

extension JSONBody {
  /// The member `number`, which both ways out must have.
  ///
  /// - Throws: 422 `number_invalid`.
  func phoneNumber(countryCode: String) throws(Problem) -> PhoneNumber {
    guard let text = try text("number", or: .numberInvalid),
      let number = PhoneNumber(text, countryCode: countryCode)
    else { throw .numberInvalid }
    return number
  }
}

extension Problem {
  static let numberInvalid = Problem(
    status: 422, code: "number_invalid", title: "This is no telephone number",
    detail: "\"number\" must be a telephone number with its country code, such as +49301234567.")

  static let nameInvalid = Problem(
    status: 422, code: "name_invalid", title: "This is no name",
    detail: "\"name\" must be a text of 1 to 100 characters. Leave it out if it is not known.")

  static let momentInvalid = Problem(
    status: 422, code: "at_invalid", title: "This is no time for a call back",
    detail: "\"at\" must be a time with its offset, such as 2026-11-20T16:30:00+01:00, not too far ahead.")

  static let momentInPast = Problem(
    status: 422, code: "at_in_past", title: "This time has passed",
    detail: "\"at\" lies in the past. Leave it out for a call back as soon as an agent is free.")
}
