import Core
import HTTPMessages
import HTTPServer

/// `POST /v1/returns`: `{order_id, items[{sku, quantity, reason_code}], customer_reference, notification_channel?, contact?}`
/// (guide 1, section 3).
struct ReturnRequestBody: Sendable {
  private static let mostItems = 50
  private static let largestQuantity: Int64 = 10_000
  private static let longestSKU = 100
  private static let longestReference = 128

  let request: ReturnRequest

  /// - Throws: 422 with the code of the first member that does not fit.
  init(
    _ body: JSONBody, orders: LiveOrdersConfiguration, configuration: LiveReturnsConfiguration, acceptLanguage: String?
  ) throws(Problem) {
    let (reasons, language) = configuration.read { ($0.reasons, $0.language) }
    guard let text = try body.text("order_id", or: .orderIDInvalid), let orderID = orders.idFormat.parse(text) else {
      throw .orderIDInvalid
    }
    let channel = try Self.channel(body)
    request = ReturnRequest(
      orderID: orderID, items: try Self.items(body, reasons), customerReference: try Self.reference(body),
      channel: channel, address: try Self.address(body, channel, countryCode: orders.read { $0.countryCode }),
      language: acceptLanguage.map { SpokenLanguage(acceptLanguage: $0) } ?? language)
  }

  private static func items(_ body: JSONBody, _ reasons: [ReturnReason]) throws(Problem) -> [ReturnRequest.Item] {
    guard let values = body["items"]?.array, (1...mostItems).contains(values.count) else {
      throw .itemsInvalid(at: "/items")
    }
    var items: [ReturnRequest.Item] = []
    for (index, value) in values.enumerated() {
      guard let sku = value["sku"]?.string, isText(sku, longestSKU) else {
        throw .itemsInvalid(at: "/items/\(index)/sku")
      }
      guard let quantity = value["quantity"]?.integer, (1...largestQuantity).contains(quantity) else {
        throw .itemsInvalid(at: "/items/\(index)/quantity")
      }
      guard let code = value["reason_code"]?.string, reasons.contains(where: { $0.code == code }) else {
        throw .reasonUnknown(known: reasons.map(\.code))
      }
      items.append(ReturnRequest.Item(sku: sku, quantity: Int(quantity), reasonCode: code))
    }
    return items
  }

  /// The id of the conversation or call: what ties two requests of one call together. No form of id is known that needs
  /// more than these characters, and no e-mail address or name gets by with them.
  private static func reference(_ body: JSONBody) throws(Problem) -> String {
    guard let text = try body.text("customer_reference", or: .customerReferenceInvalid),
      (1...longestReference).contains(text.utf8.count),
      text.utf8.allSatisfy({ $0.isDecimalDigit || isLetter($0) || "-_.:".utf8.contains($0) })
    else { throw .customerReferenceInvalid }
    return text
  }

  private static func channel(_ body: JSONBody) throws(Problem) -> NotificationChannel {
    guard let text = try body.text("notification_channel", or: .channelInvalid) else { return .none }
    guard let channel = NotificationChannel(rawValue: text) else { throw .channelInvalid }
    return channel
  }

  /// The address that the channel needs; another one is not kept.
  private static func address(
    _ body: JSONBody, _ channel: NotificationChannel, countryCode: String
  ) throws(Problem) -> String? {
    switch channel {
    case .none: return nil
    case .email:
      guard let email = body["contact"]?["email"]?.string else { throw .contactMissing("email") }
      guard let email = EmailAddress(email) else { throw .emailInvalid }
      return email.text
    case .sms:
      guard let phone = body["contact"]?["phone"]?.string else { throw .contactMissing("phone") }
      guard let number = PhoneNumber(phone, countryCode: countryCode) else { throw .phoneInvalid }
      return number.e164
    }
  }

  private static func isText(_ text: String, _ longest: Int) -> Bool {
    text.count <= longest && text.utf8.count <= 4 * longest && text.contains { !$0.isWhitespace }
      && text.unicodeScalars.allSatisfy { $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) }
  }

  private static func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte | 0x20) }
}
