import Core
import Storage

/// A return as it lies in its table.
struct ReturnRecord: Sendable, Hashable {
  let id: String
  let orderID: OrderID
  var state: ReturnState
  let items: [ReturnRequest.Item]
  let customerReference: String
  let channel: NotificationChannel
  let language: SpokenLanguage
  /// Sealed; nil when there are none, or none any more.
  let details: [UInt8]?
  let requestID: String
  var platformID: String?
  /// Set once the platform has given one.
  var rmaNumber: String?
  var refusal: Refusal?
  /// When the platform was asked for it, while nobody knows what came of that.
  let triedAt: Timestamp?
  /// How often it was looked at in this state.
  let checks: Int
  let createdAt: Timestamp
  let expiresAt: Timestamp

  struct Refusal: Sendable, Hashable {
    let reason: ReturnRefusal
    /// The platform's code; short, without personal data.
    let detail: String?
  }

  func selfService(at now: Timestamp) -> SelfService { SelfService(state: state, expiresAt: expiresAt, now: now) }
}

/// What of a return names a person.
struct ReturnDetails: Sendable, Hashable, Codable {
  /// An e-mail address or an E.164 number, as `channel` says.
  var address: String?
  /// What the caller gave to show that the order is theirs, and whom a miss counts against; nil where nobody asks.
  var claim: Claim?

  struct Claim: Sendable, Hashable, Codable {
    let proof: CallerProof
    let asker: Asker
  }
}

extension ReturnRecord {
  static let columns = """
    id, order_id, state, items, customer_reference, channel, language, details, request_id, platform_id, rma_number,
    refusal, refusal_detail, tried_at, checks, created_at, expires_at
    """

  /// - Throws: `DatabaseError.shape`.
  init(_ row: Row) throws {
    guard let state = ReturnState(rawValue: try row.get(2)), let items = [ReturnRequest.Item](stored: try row.get(3)),
      let channel = NotificationChannel(rawValue: try row.get(5)),
      let language = SpokenLanguage(rawValue: try row.get(6))
    else { throw DatabaseError.shape("a return") }
    let reason = try row.get(11, as: String?.self).flatMap(ReturnRefusal.init(rawValue:))
    let detail = try row.get(12, as: String?.self)
    self.init(
      id: try row.get(0), orderID: OrderID(rawValue: try row.get(1)), state: state, items: items,
      customerReference: try row.get(4), channel: channel, language: language, details: try row.get(7),
      requestID: try row.get(8), platformID: try row.get(9), rmaNumber: try row.get(10),
      refusal: reason.map { Refusal(reason: $0, detail: detail) }, triedAt: try row.get(13), checks: try row.get(14),
      createdAt: try row.get(15), expiresAt: try row.get(16))
  }
}
