import Core
import HTTPServer
import Security

/// How a body becomes a command: the same for a single transaction and for each of a batch.
package struct LedgerRequests: Sendable {
  static let mostPoints: Int64 = 1 << 40

  let keys: CustomerKeys
  /// For the fingerprints of requests: they hold no customer that could be guessed from them.
  private let fingerprintKey: HMACKey
  let configuration: LiveLoyaltyConfiguration
  let time: any TimeSource

  package init(
    keys: CustomerKeys, fingerprintKey: Redacted<[UInt8]>, configuration: LiveLoyaltyConfiguration,
    time: any TimeSource
  ) {
    self.keys = keys
    self.fingerprintKey = HMACKey(fingerprintKey)
    self.configuration = configuration
    self.time = time
  }

  /// Whose account an id or a handle stands for.
  package func customer(_ text: String) -> Customer {
    CustomerHash(handle: text).map { .hash($0, older: []) } ?? keys.customer(text)
  }

  /// - Throws: 422 `customer_missing`, `customer_invalid`.
  package func customer(_ body: JSONBody) throws(Problem) -> Customer {
    let id = try body.text("customer_id", or: .customerInvalid)
    let hash = try body.text("customer_hash", or: .customerInvalid)
    guard let text = id ?? hash else { throw .customerMissing }
    guard (1...200).contains(text.utf8.count), text.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else {
      throw .customerInvalid
    }
    return id == nil ? customer(text) : keys.customer(text)
  }

  /// - Parameters:
  ///   - clientID: whose keys these are.
  ///   - headerKey: the header's `Idempotency-Key`.
  /// - Throws: 422 with the code of the first member that does not fit; 400 `idempotency_key_invalid`.
  func command(_ body: JSONBody, clientID: String, headerKey: String?) throws(Problem) -> LedgerCommand {
    let action = try action(body)
    let key = try key(body, clientID: clientID, headerKey: headerKey)
    let reason = try text(body, "reason", longest: 200, or: .reasonInvalid)
    // For these the reference names what is meant, and has been read.
    let reference =
      switch action {
      case .reverse, .capture, .release: String?.none
      default: try text(body, "reference", longest: 100, or: .textReferenceInvalid)
      }
    return LedgerCommand(
      action, for: try customer(body), key: key.text, fingerprint: key.fingerprint,
      expectedVersion: try number(body, "expected_version", 0...Int64.max), reason: reason, reference: reference,
      keptUntil: key.keptUntil)
  }

  private func key(
    _ body: JSONBody, clientID: String, headerKey: String?
  ) throws(Problem) -> (text: String, fingerprint: Bytes32, keptUntil: Timestamp?) {
    if let event = try body.text("event_id", or: .eventInvalid) {
      guard let channel = try body.text("channel", or: .eventInvalid), isKey(event), isKey(channel) else {
        throw .eventInvalid
      }
      let (key, fingerprint) = LedgerCommand.eventKey(channel: channel, id: event)
      return (key, fingerprint, time.now + LedgerCommand.eventRetention)
    }
    let own = try body.text("idempotency_key", or: .idempotencyKeyInvalid)
    guard let key = own ?? headerKey else { throw .idempotencyKeyMissing }
    guard isKey(key) else { throw .idempotencyKeyInvalid }
    var scoped = "client:"
    scoped.reserveCapacity(8 + clientID.utf8.count + key.utf8.count)
    scoped += clientID
    scoped += "/"
    scoped += key
    return (scoped, fingerprint(body), nil)
  }

  private func isKey(_ text: String) -> Bool {
    (1...255).contains(text.utf8.count) && text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
  }

  private func action(_ body: JSONBody) throws(Problem) -> LedgerCommand.Action {
    switch try body.text("type", or: .typeUnknown) {
    case "accrual":
      if let event = try body.text("event_type", or: .eventTypeInvalid) {
        guard body["points"] == nil else { throw .pointsAndEvent }
        guard (1...64).contains(event.utf8.count) else { throw .eventTypeInvalid }
        let amount = try number(body, "amount", 0...Self.mostPoints)
        return .earn(EarningEvent(type: event, amount: amount, occurredAt: time.now))
      }
      return .accrue(points: try points(body), expiresAt: try end(body))
    case "redemption": return .redeem(points: try points(body))
    case "adjustment":
      guard let points = try number(body, "points", -Self.mostPoints...Self.mostPoints), points != 0 else {
        throw .pointsInvalid
      }
      return .adjust(points: points, expiresAt: try end(body))
    case "reversal": return .reverse(try transaction(body))
    case "hold": return .hold(points: try points(body), expiresAt: try holdEnd(body))
    case "capture":
      return .capture(hold: try transaction(body), points: try number(body, "points", 1...Self.mostPoints))
    case "release": return .release(hold: try transaction(body))
    default: throw .typeUnknown
    }
  }

  private func points(_ body: JSONBody) throws(Problem) -> Int64 {
    guard let points = try number(body, "points", 1...Self.mostPoints) else { throw .pointsInvalid }
    return points
  }

  private func transaction(_ body: JSONBody) throws(Problem) -> TransactionID {
    guard let id = try body.text("reference", or: .referenceInvalid).flatMap(TransactionID.init) else {
      throw .referenceInvalid
    }
    return id
  }

  /// Whether it is still to come decides the ledger, which knows what was sent before.
  private func end(_ body: JSONBody) throws(Problem) -> Timestamp? {
    guard let text = try body.text("expires_at", or: .expiryInvalid) else { return nil }
    guard let end = Timestamp(text) else { throw .expiryInvalid }
    return end
  }

  private func holdEnd(_ body: JSONBody) throws(Problem) -> Timestamp {
    let configuration = configuration.current
    let now = time.now
    guard let end = try end(body) else { return now + configuration.holdLifetime }
    guard end <= now + configuration.longestHold else { throw .expiryInvalid }
    return end
  }

  private func number(
    _ body: JSONBody, _ name: String, _ range: ClosedRange<Int64>
  ) throws(Problem) -> Int64? {
    guard let member = body[name] else { return nil }
    guard let number = member.integer, range.contains(number) else {
      throw name == "expected_version" ? .versionInvalid : name == "amount" ? .amountInvalid : .pointsInvalid
    }
    return number
  }

  private func text(
    _ body: JSONBody, _ name: String, longest: Int, or problem: Problem
  ) throws(Problem) -> String? {
    guard let text = try body.text(name, or: problem) else { return nil }
    // There are never more characters than bytes, which are quicker to count.
    guard text.utf8.count <= longest || text.count <= longest, text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
      throw problem
    }
    return text
  }

  /// Of what the key stands for: not of `expected_version`, which a retry after a conflict must be free to change.
  private func fingerprint(_ body: JSONBody) -> Bytes32 {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(128)
    for name in Self.meaning {
      guard let value = body[name] else { continue }
      bytes.append(contentsOf: name.utf8)
      bytes.append(UInt8(ascii: "="))
      value.write(to: &bytes)
      bytes.append(UInt8(ascii: "\n"))
    }
    return fingerprintKey.hash(for: bytes)
  }

  private static let meaning = [
    "type", "customer_id", "customer_hash", "points", "event_type", "amount", "expires_at", "reason", "reference",
  ]
}
