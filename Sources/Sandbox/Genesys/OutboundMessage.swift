import Core

/// An agentless text and what becomes of it, which depends on the time since it was taken and on the last four digits
/// of the number it goes to:
///
/// - `0001` the number does not exist: `sent`, then `delivery-failed` with `InvalidDestination`
/// - `0002` the recipient has opted out: `failed` with `RecipientOptedOut`
/// - `0003` the carrier never reports: stays `sent`
/// - `0004` is refused at once (400)
/// - any other is delivered
///
/// To a number on the list of opt-outs (`PUT /_genesys/opt_outs`) it has failed in the very answer, with
/// `RecipientOptedOut`.
struct OutboundMessage: Sendable, Hashable {
  enum Status: String, Sendable {
    case queued, sent, failed
    case deliverySuccess = "delivery-success"
    case deliveryFailed = "delivery-failed"
  }

  static let sentAfter = Duration.seconds(1)
  static let reportedAfter = Duration.seconds(3)

  let id: String
  let conversationID: String
  let providerMessageID: String
  let messenger: String
  let from: String
  let to: String
  let text: String
  let taken: Timestamp
  /// `TimeSource.uptime` when it was taken.
  let start: Duration
  var isOptedOut = false

  func status(at now: Duration) -> Status {
    if isOptedOut { return .failed }
    let age = now - start
    if age < Self.sentAfter { return .queued }
    switch to.suffix(4) {
    case "0002": return .failed
    case "0003": return .sent
    default:
      if age < Self.reportedAfter { return .sent }
      return to.hasSuffix("0001") ? .deliveryFailed : .deliverySuccess
    }
  }

  static func isRefused(_ number: String) -> Bool { number.hasSuffix("0004") }

  /// `MessageData` of the SDK.
  func json(at now: Duration) -> JSONValue {
    let status = status(at: now)
    return [
      "id": .string(id), "providerMessageId": .string(providerMessageID), "timestamp": .string("\(taken)"),
      "fromAddress": .string(from), "toAddress": .string(to), "direction": "outbound",
      "messengerType": .string(messenger), "status": .string(status.rawValue),
      "normalizedMessage": normalized(type: "Text"), "normalizedReceipts": .array(receipts(status)),
      "conversationId": .string(conversationID), "selfUri": .string("/api/v2/conversations/messages/\(id)"),
    ]
  }

  private func normalized(type: String) -> JSONValue {
    [
      "id": .string(id), "type": .string(type), "text": .string(text), "direction": "Outbound",
      "originatingEntity": "Bot", "channel": channel(at: taken),
    ]
  }

  private func channel(at moment: Timestamp) -> JSONValue {
    [
      "platform": "Sms", "type": "Private", "messageId": .string(id), "to": ["id": .string(to), "idType": "Phone"],
      "from": ["id": .string(from), "idType": "Phone"], "time": .string("\(moment)"),
    ]
  }

  private func receipts(_ status: Status) -> [JSONValue] {
    var receipts: [JSONValue] = []
    func add(_ word: String, after: Duration, final: Bool, reason: (code: String, message: String)? = nil) {
      receipts.append([
        "id": .string(id), "type": "Receipt", "status": .string(word), "isFinalReceipt": .bool(final),
        "direction": "Outbound", "channel": channel(at: taken + after),
        "reasons": .array(
          reason.map { [["code": .string($0.code), "message": .string($0.message)]] } ?? []),
      ])
    }
    switch status {
    case .queued: break
    case .failed:
      let reason = ("RecipientOptedOut", "The recipient has opted out of messages from this number.")
      add("Failed", after: Self.sentAfter, final: true, reason: reason)
    case .sent: add("Sent", after: Self.sentAfter, final: false)
    case .deliverySuccess:
      add("Sent", after: Self.sentAfter, final: false)
      add("Delivered", after: Self.reportedAfter, final: true)
    case .deliveryFailed:
      add("Sent", after: Self.sentAfter, final: false)
      let reason = ("InvalidDestination", "The number is not in service.")
      add("Failed", after: Self.reportedAfter, final: true, reason: reason)
    }
    return receipts
  }
}
