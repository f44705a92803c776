import Core
import HTTPMessages
import Orders

/// Returns at Shopify. Its mutations take no key of ours, so our reference goes into a note of each line, and the order's
/// returns are read before one is asked for.
extension Shopify: ReturnPlatform {
  package func returnable(
    _ orderID: OrderID, context: CallContext
  ) async throws(ReturnPlatformError) -> ReturnableOrder? {
    let deadline = calls.deadline(of: context)
    guard let gid = try await orderGID(of: orderID, context, deadline),
      let found = try await returnable(gid, context, deadline)
    else { return nil }
    // Only what was sent can be returned, so that "bought" is what was sent.
    let lines = found.sent.map { item in
      ReturnableOrder.Line(
        sku: item.sku, bought: item.quantity, returned: max(0, item.quantity - found.returnable(item.sku)))
    }
    let isInTime = found.until.map { time.now.date <= $0 } ?? true
    return ReturnableOrder(
      orderID: orderID, isEligible: !found.lines.isEmpty && isInTime, until: found.until, lines: lines)
  }

  package func submit(
    _ submission: ReturnSubmission, context: CallContext
  ) async throws(ReturnPlatformError) -> PlatformReturn {
    let deadline = calls.deadline(of: context)
    guard let gid = try await orderGID(of: submission.orderID, context, deadline) else {
      throw .refused(.orderUnknown, code: "shopify ORDER_NOT_FOUND")
    }
    if let earlier = try await find(submission.reference, in: gid, context, deadline) { return earlier }
    guard var returnable = try await returnable(gid, context, deadline) else {
      throw .refused(.orderUnknown, code: "shopify ORDER_NOT_FOUND")
    }
    let hasAny = !returnable.lines.isEmpty
    var lines: [JSONValue] = []
    try await learnReasons(of: submission.items, context, deadline)
    for item in submission.items {
      let reason = try reason(of: item)
      do throws(ReturnPlatformError) {
        for line in try returnable.take(item) {
          lines.append(input(line, reason: reason, reference: submission.reference))
        }
      } catch .refused(.quantityTooLarge, _) where !hasAny {
        throw .refused(.notEligible, code: "shopify NOTHING_RETURNABLE")
      }
    }
    let query: ShopifyQuery = configuration.returns == .request ? .requestReturn : .createReturn
    let data = try await calls.runReturn(
      query, ["input": ["orderId": .string(gid), "returnLineItems": .array(lines)]], context, deadline)
    return try made(data[query.name])
  }

  package func find(
    _ submission: ReturnSubmission, context: CallContext
  ) async throws(ReturnPlatformError) -> PlatformReturn? {
    let deadline = calls.deadline(of: context)
    guard let gid = try await orderGID(of: submission.orderID, context, deadline) else { return nil }
    return try await find(submission.reference, in: gid, context, deadline)
  }

  package func read(
    _ id: String, of orderID: OrderID, context: CallContext
  ) async throws(ReturnPlatformError) -> PlatformReturn? {
    let data = try await calls.runReturn(.oneReturn, ["id": .string(id)], context, calls.deadline(of: context))
    return try reading { () throws(UnreadableAnswer) in
      guard data["return"] != nil else { throw UnreadableAnswer("return") }
      guard let fields = try AnswerFields(data).fields("return") else { return nil }
      return try ShopifyReturnAnswer.platformReturn(fields)
    }
  }

  // MARK: - Reading

  /// What cannot be read of an answer to a read may be read another time.
  private func reading<Value>(_ read: () throws(UnreadableAnswer) -> Value) throws(ReturnPlatformError) -> Value {
    do throws(UnreadableAnswer) {
      return try read()
    } catch {
      throw .notDone(reason: "unreadable answer: \(error.field)", retryAfter: nil)
    }
  }

  private func orderGID(
    of id: OrderID, _ context: CallContext, _ deadline: Duration
  ) async throws(ReturnPlatformError) -> String? {
    let name = orderName(of: id)
    let data = try await calls.runReturn(
      .find, ["query": .string(ShopifyQuery.search(name: name))], context, deadline)
    return try reading { () throws(UnreadableAnswer) in try ShopifyAnswer.identifier(of: name, in: data) }
  }

  private func cursor(_ text: String?) -> JSONValue { text.map { .string($0) } ?? .null }

  private func returnable(
    _ gid: String, _ context: CallContext, _ deadline: Duration
  ) async throws(ReturnPlatformError) -> ShopifyReturnable? {
    let reader = ShopifyOrder(configuration, today: time.now)
    var returnable = ShopifyReturnable()
    repeat {
      let data = try await calls.runReturn(
        .returnable, ["id": .string(gid), "after": cursor(returnable.next)], context, deadline)
      let isThere = try reading { () throws(UnreadableAnswer) in try returnable.add(data, reader) }
      guard isThere else { return nil }
    } while returnable.next != nil
    return returnable
  }

  private func find(
    _ reference: String, in gid: String, _ context: CallContext, _ deadline: Duration
  ) async throws(ReturnPlatformError) -> PlatformReturn? {
    var next: String?
    repeat {
      let data = try await calls.runReturn(
        .returns, ["id": .string(gid), "after": cursor(next)], context, deadline)
      let (found, after) = try reading { () throws(UnreadableAnswer) -> (PlatformReturn?, String?) in
        guard let page = try AnswerFields(data).fields("order")?.fields("returns") else { return (nil, nil) }
        for fields in try page.list("nodes") where try ShopifyReturnAnswer.isReturn(fields, of: reference) {
          return (try ShopifyReturnAnswer.platformReturn(fields), nil)
        }
        let info = try page.fields("pageInfo")
        return (nil, try info?.flag("hasNextPage") == true ? try info?.text("endCursor") : nil)
      }
      if let found { return found }
      next = after
    } while next != nil
    return nil
  }

  // MARK: - Asking

  private var takesReasonDefinitions: Bool { configuration.version >= "2026-01" }

  private func learnReasons(
    of items: [ReturnSubmission.Item], _ context: CallContext, _ deadline: Duration
  ) async throws(ReturnPlatformError) {
    guard takesReasonDefinitions else { return }
    let unknown = Set(items.map(ShopifyReasons.handle)).filter { reasons.id(of: $0) == nil }
    guard !unknown.isEmpty else { return }
    let handles = JSONValue.array(unknown.sorted().map { .string($0) })
    let data = try await calls.runReturn(.reasons, ["handles": handles], context, deadline)
    try reading { () throws(UnreadableAnswer) in try reasons.add(data) }
  }

  private func reason(of item: ReturnSubmission.Item) throws(ReturnPlatformError) -> JSONValue.Member {
    if takesReasonDefinitions, let id = reasons.id(of: ShopifyReasons.handle(of: item)) {
      return .init("returnReasonDefinitionId", .string(id))
    }
    if !takesReasonDefinitions, let word = ShopifyReasons.word(of: item) { return .init("returnReason", .string(word)) }
    throw .refused(.reasonUnknown, code: "shopify REASON_NOT_FOUND")
  }

  private func input(_ line: ShopifyReturnable.Line, reason: JSONValue.Member, reference: String) -> JSONValue {
    .object([
      .init("fulfillmentLineItemId", .string(line.fulfillmentLineItemID)), .init("quantity", .integer(line.quantity)),
      reason,
      .init(configuration.returns == .request ? "customerNote" : "returnReasonNote", .string("Ringback \(reference)")),
    ])
  }

  /// - Parameter payload: of the mutation. What cannot be read of it may have been done.
  private func made(_ payload: JSONValue?) throws(ReturnPlatformError) -> PlatformReturn {
    let refusal: ShopifyUserError?
    do throws(UnreadableAnswer) {
      let fields = try AnswerFields(payload ?? .null, at: "mutation")
      if let made = try fields.fields("return") { return try ShopifyReturnAnswer.platformReturn(made) }
      refusal = try ShopifyUserError.first(fields)
    } catch {
      throw .unknown(reason: "unreadable answer: \(error.field)")
    }
    throw refusal?.meaning ?? .unknown(reason: "it answered neither a return nor why there is none")
  }
}
