import Core
import Security

/// A return as somebody asks for it.
struct ReturnRequest: Sendable, Hashable {
  struct Item: Sendable, Hashable {
    let sku: String
    let quantity: Int
    let reasonCode: String
  }

  let orderID: OrderID
  let items: [Item]
  let customerReference: String
  let channel: NotificationChannel
  /// Where the customer is told; nil where `channel` is `none`. Personal.
  let address: String?
  let language: SpokenLanguage

  /// The same for the same lines and quantities of its order asked for in one call. The reason is no part of it: a caller
  /// who changes it says something else of the same return.
  var duplicateKey: [UInt8] {
    let lines = items.quantities.map { "\($0.sku)\u{1}\($0.quantity)" }
    return SHA256.digest(of: ([customerReference] + lines).joined(separator: "\u{0}"))
  }
}

/// How a customer is told (guide 1, section 3: `notification_channel`).
package enum NotificationChannel: String, Sendable, Hashable, CaseIterable {
  case email, sms, none
}

extension [ReturnRequest.Item] {
  /// How many of each SKU, in the order of the SKUs, so that two transactions lock them in the same order.
  var quantities: [(sku: String, quantity: Int)] {
    if count == 1 { return [(self[0].sku, self[0].quantity)] }
    return reduce(into: [String: Int]()) { $0[$1.sku, default: 0] += $1.quantity }
      .sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  /// As it lies in the table: `[["SKU-12345",1,"DEFECTIVE"]]`.
  var stored: String {
    JSONValue.array(map { [.string($0.sku), .integer($0.quantity), .string($0.reasonCode)] }).text
  }

  /// Nil for what `stored` did not write.
  init?(stored text: String) {
    guard let lines = try? JSONValue(parsing: text).array else { return nil }
    self = lines.compactMap { line in
      guard let sku = line[0]?.string, let quantity = line[1]?.integer, let reason = line[2]?.string else { return nil }
      return ReturnRequest.Item(sku: sku, quantity: Int(quantity), reasonCode: reason)
    }
    guard count == lines.count else { return nil }
  }

  /// As the API answers it and events carry it.
  var json: JSONValue {
    .array(
      map { ["sku": .string($0.sku), "quantity": .integer($0.quantity), "reason_code": .string($0.reasonCode)] })
  }
}
