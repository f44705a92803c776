import Core
import HTTPMessages
import HTTPServer
import Idempotency

/// `GET /v1/portal/account`.
struct PortalAccount: Sendable {
  private static let mostEnds = 12

  let json: JSONValue

  init(
    _ found: LookUpBalance.Answer, ladder: TierLadder, locale: String?, session: PortalSession, now: Timestamp
  ) {
    let account = found.account
    let earned = account?.earned(inYearTo: now.day) ?? 0
    let tier = ladder.tier(for: earned)
    let available = account?.available(at: now) ?? 0
    let ends = (account?.lots ?? []).filter { $0.expiresAt.map { $0 > now } ?? false }
    json = [
      "balance": .integer(available + (account?.held ?? 0)), "available": .integer(available),
      "tier": .string(tier.id), "tier_name": .string(ladder.name(tier.id, in: locale)),
      "next_tier": ladder.next(after: earned).map { Self.way(from: tier, to: $0, earned, ladder, locale) } ?? .null,
      "expiring": .array(
        ends.prefix(Self.mostEnds).map { ["points": .integer($0.remaining), "at": $0.expiresAt.json] }),
      "balance_version": .integer(account?.version ?? 0), "as_of": .string("\(found.asOf)"),
      "freshness": .string(found.freshness.rawValue), "session_expires_at": .string("\(session.expiresAt)"),
    ]
  }

  private static func way(
    from tier: TierLadder.Tier, to next: TierLadder.Tier, _ earned: Int64, _ ladder: TierLadder, _ locale: String?
  ) -> JSONValue {
    // A tier above another has a higher threshold. In thousandths, as points are whole numbers.
    let progress = (earned - tier.threshold) * 1_000 / (next.threshold - tier.threshold)
    return [
      "tier": .string(next.id), "name": .string(ladder.name(next.id, in: locale)),
      "points_to_go": .integer(next.threshold - earned),
      "progress": .number("0." + String(String(1_000 + min(999, max(0, progress))).dropFirst())),
    ]
  }
}

extension RewardOffer {
  /// A member of `rewards` in `GET /v1/portal/catalog`. Texts are texts: whoever shows them must not read them as HTML.
  func json(locale: String?, ladder: TierLadder) -> JSONValue {
    let tierName = reward.tier.map { ladder.name($0, in: locale) }
    return [
      "reward_id": .string(reward.id), "title": .string(reward.title.text(for: locale) ?? reward.id),
      "description": reward.description.text(for: locale).json, "point_cost": .integer(reward.pointCost),
      "tier": reward.tier.json, "tier_name": tierName.json, "image_url": reward.imageURL.json, "stock": stock.json,
      "stock_level": .string(stockLevel.rawValue), "available_until": reward.availableUntil.json,
      "limit_left": limitLeft.json, "fulfillment_methods": .array(methods.map { .string($0.rawValue) }),
      "redeemable": .bool(obstacle == nil), "why_not": (obstacle?.rawValue).json,
      "why_not_text": obstacle.map { PortalWording(locale).sentence($0, tier: tierName) }.json,
    ]
  }
}

/// A receipt as its customer sees it.
struct PortalReceipt: Sendable {
  let members: [JSONValue.Member]

  /// - Parameter code: of a reward that is a code.
  init(_ receipt: Receipt, code: String?, locale: String?) {
    let title = receipt.title.text(for: locale) ?? receipt.reward
    let message = PortalWording(locale).message(
      receipt.status, receipt.method, title: title, code: code, cost: receipt.pointCost)
    members = [
      .init("receipt_id", .string(receipt.id)), .init("reward_id", .string(receipt.reward)),
      .init("title", .string(title)), .init("point_cost", .integer(receipt.pointCost)),
      .init("fulfillment_method", .string(receipt.method.rawValue)), .init("status", .string(receipt.status.shown)),
      .init("code", code.json), .init("transaction_id", .string(receipt.transaction)),
      .init("created_at", .string("\(receipt.createdAt)")), .init("message", .string(message)),
    ]
  }
}

enum PortalHistory {
  /// `points` is what was won or lost to spend: the sum of a history is `available`. What was held is lost at the hold, so
  /// that a capture is 0.
  static func json(_ decided: Decided) -> JSONValue {
    let entry = decided.entry
    let isCapture = entry.type == .redemption && entry.from == BookAccount.held.rawValue
    return [
      "transaction_id": .string(TransactionID(entry).description),
      "type": .string(isCapture ? "capture" : entry.type.name), "points": .integer(entry.change),
      "available": .integer(entry.available), "reason": decided.detail.reason.json,
      "created_at": .string("\(entry.at)"),
    ]
  }
}

/// `POST /v1/portal/redeem` in the guide's shape (guide 3, section 4).
struct RedeemBody: Sendable {
  let wish: Redeem.Wish
  /// Whom the body names.
  let customer: [CustomerHash]?

  /// - Throws: 422 with the code of the first member that does not fit.
  init(_ body: JSONBody, _ request: Request, _ customers: CustomerKeys) throws(Problem) {
    let named = try body.text("customer_hash", or: .wrongCustomer)
    customer = named.map { text in CustomerHash(handle: text).map { [$0] } ?? customers.hashes(text) }
    let reward = Problem.redemptionInvalid("\"reward_id\" names the reward.")
    let method = Problem.redemptionInvalid("\"fulfillment_method\" is one of the reward's fulfillment_methods.")
    guard let id = try body.text("reward_id", or: reward) else { throw reward }
    guard let way = try body.text("fulfillment_method", or: method) else { throw method }
    guard let cost = body["point_cost"]?.integer else {
      throw .redemptionInvalid("\"point_cost\" is the price that the customer has seen, a whole number.")
    }
    var sent = try body.text("idempotency_key", or: .idempotencyKeyInvalid)
    if sent == nil { sent = try IdempotencyKey.read(from: request.headers)?.text }
    guard let key = sent else { throw .idempotencyKeyMissing }
    guard (1...255).contains(key.utf8.count), key.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
      throw .idempotencyKeyInvalid
    }
    var expected: Int64?
    if let version = body["expected_version"] {
      guard let number = version.integer else {
        throw .redemptionInvalid("\"expected_version\" is the balance_version that the customer has seen.")
      }
      expected = number
    }
    wish = Redeem.Wish(
      reward: id, pointCost: cost, method: way, key: key, expectedVersion: expected,
      requestID: request.context.requestID)
  }
}
