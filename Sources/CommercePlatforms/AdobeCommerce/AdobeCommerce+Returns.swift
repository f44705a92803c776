import Core
import HTTPClient
import HTTPMessages
import Orders

/// Returns, which the paid editions alone have.
extension AdobeCommerce: ReturnPlatform {
  package func returnable(_ orderID: OrderID, context: CallContext) async throws(ReturnPlatformError)
    -> ReturnableOrder?
  {
    let deadline = calls.deadline(of: context)
    guard let order = try await order(numbered: orderID, context, deadline) else { return nil }
    let returns = try await returns(of: order, context, deadline)
    var shipments: [AdobeCommerceShipment] = []
    if order.hasShipped {
      shipments = try await read(self.shipments(of: order), context, deadline, AdobeCommerceShipment.all)
    }
    var lines: [ReturnableOrder.Line] = []
    for line in order.lines {
      let taken = line.taken(by: returns)
      if let index = lines.firstIndex(where: { $0.sku == line.sku }) {
        lines[index].bought += line.returnable
        lines[index].returned += taken
      } else {
        // What has not left yet cannot come back: it counts as not bought.
        lines.append(ReturnableOrder.Line(sku: line.sku, bought: line.returnable, returned: taken))
      }
    }
    return ReturnableOrder(
      orderID: orderID, isEligible: order.allowsReturns && lines.contains { $0.bought > $0.returned },
      until: order.lastDayOfReturn(configuration, shipments), lines: lines)
  }

  package func submit(_ submission: ReturnSubmission, context: CallContext) async throws(ReturnPlatformError)
    -> PlatformReturn
  {
    let deadline = calls.deadline(of: context)
    guard let order = try await order(numbered: submission.orderID, context, deadline) else {
      throw .refused(.orderUnknown, code: "adobe_commerce order_unknown")
    }
    let asked = try AdobeCommerceSubmission(
      submission, order: order, returns: await returns(of: order, context, deadline))
    let response = try await calls.sendReturn(
      .post, resource("returns"), body: asked.body(submission, order: order, configuration).bytes,
      maximumBodySize: configuration.maximumBodySize, isRead: false, context: context, by: deadline)
    guard (200..<300).contains(response.status) else { throw AdobeCommerceRefusal.meaning(of: response) }
    do throws(UnreadableAnswer) {
      let created = try AdobeCommerceReturn(AnswerFields(body: response.body))
      if !created.carries(submission.reference) { await comment(created, submission, context, deadline) }
      return try created.platformReturn()
    } catch {
      throw .unknown(reason: "unreadable answer: \(error.field)")
    }
  }

  package func find(_ submission: ReturnSubmission, context: CallContext) async throws(ReturnPlatformError)
    -> PlatformReturn?
  {
    let deadline = calls.deadline(of: context)
    guard let order = try await order(numbered: submission.orderID, context, deadline) else { return nil }
    var strangers: [AdobeCommerceReturn] = []
    for each in try await returns(of: order, context, deadline) {
      let comments = if let known = each.comments { known } else { try await comments(of: each, context, deadline) }
      if comments.contains(where: { $0.contains(submission.reference) }) {
        return try await platformReturn(each, context, deadline)
      }
      if !comments.contains(where: { $0.hasPrefix("Ringback ret_") }) { strangers.append(each) }
    }
    // A shop that drops the comment of a new return was asked to add it in a call of its own, which a lost answer left out.
    guard let same = strangers.last(where: { $0.asksFor(submission, order) }) else { return nil }
    await comment(same, submission, context, deadline)
    return try await platformReturn(same, context, deadline)
  }

  package func read(_ id: String, of orderID: OrderID, context: CallContext) async throws(ReturnPlatformError)
    -> PlatformReturn?
  {
    let deadline = calls.deadline(of: context)
    let response = try await get(resource("returns/\(id.percentEncoded)"), context, deadline)
    if response.status == 404, !AdobeCommerceRefusal.isMissingRoute(response) { return nil }
    guard (200..<300).contains(response.status) else { throw AdobeCommerceRefusal.meaning(of: response) }
    let found = try readable { () throws(UnreadableAnswer) in
      try AdobeCommerceReturn(AnswerFields(body: response.body))
    }
    return try await platformReturn(found, context, deadline)
  }

  /// Adobe I/O Events name what a shop emits `com.adobe.commerce.observer.rma_save_commit_after`; what was saved is in
  /// `data.value` of a CloudEvents body.
  package func hint(topic: String, body: JSONValue) -> ReturnHint? {
    guard topic.hasSuffix(".rma_save_commit_after") || topic.hasSuffix(".rma_save_after") else { return nil }
    let event = body["event"] ?? body
    let saved = event["data"]?["value"] ?? event["value"] ?? event["data"] ?? event
    guard let fields = try? AnswerFields(saved) else { return ReturnHint() }
    return ReturnHint(
      platformID: (try? fields.identifier("entity_id")) ?? nil,
      orderID: ((try? fields.text("order_increment_id")) ?? nil).map { OrderID(rawValue: $0) })
  }

  // MARK: - Calls

  private func platformReturn(
    _ found: AdobeCommerceReturn, _ context: CallContext, _ deadline: Duration
  ) async throws(ReturnPlatformError) -> PlatformReturn {
    var isRefunded = false
    if found.isProcessed, let entityID = found.orderEntityID {
      let order = try await read(resource("orders/\(entityID.percentEncoded)"), context, deadline) {
        (body) throws(UnreadableAnswer) in
        try AdobeCommerceOrder(OrderID(rawValue: ""), AnswerFields(body: body))
      }
      isRefunded = found.isRefunded(in: order)
    }
    return try readable { () throws(UnreadableAnswer) in try found.platformReturn(isRefunded: isRefunded) }
  }

  private func order(
    numbered id: OrderID, _ context: CallContext, _ deadline: Duration
  ) async throws(ReturnPlatformError) -> AdobeCommerceOrder? {
    try await read(orders(numbered: id), context, deadline) { (body) throws(UnreadableAnswer) in
      try AdobeCommerceOrder(id, inSearch: body)
    }
  }

  private func returns(
    of order: AdobeCommerceOrder, _ context: CallContext, _ deadline: Duration
  ) async throws(ReturnPlatformError) -> [AdobeCommerceReturn] {
    let search = AdobeCommerceSearch(field: "order_id", value: order.entityID, pageSize: 100)
    return try await read(resource("returns") + "?" + search.query, context, deadline, AdobeCommerceReturn.all)
  }

  private func comments(
    of found: AdobeCommerceReturn, _ context: CallContext, _ deadline: Duration
  ) async throws(ReturnPlatformError) -> [String] {
    try await read(resource("returns/\(found.id.percentEncoded)/comments"), context, deadline) {
      (body) throws(UnreadableAnswer) in
      try AdobeCommerceReturn.comments(AnswerFields(body: body).list("items"))
    }
  }

  /// Adds our reference. The return is there already and is known by its id: a failure costs only the way to find it
  /// again without that.
  private func comment(
    _ found: AdobeCommerceReturn, _ submission: ReturnSubmission, _ context: CallContext, _ deadline: Duration
  ) async {
    var comment = AdobeCommerceSubmission.json(comment: AdobeCommerceSubmission.comment(submission)).members ?? []
    comment.append(.init("rma_entity_id", .number(found.id)))
    let body: JSONValue = ["data": .object(comment)]
    _ = try? await calls.sendReturn(
      .post, resource("returns/\(found.id.percentEncoded)/comments"), body: body.bytes,
      maximumBodySize: configuration.maximumBodySize, isRead: false, context: context, by: deadline)
  }

  private func get(
    _ url: String, _ context: CallContext, _ deadline: Duration
  ) async throws(ReturnPlatformError) -> IncomingResponse {
    try await calls.sendReturn(
      .get, url, body: nil, maximumBodySize: configuration.maximumBodySize, isRead: true, context: context,
      by: deadline)
  }

  private func read<Value>(
    _ url: String, _ context: CallContext, _ deadline: Duration, _ value: ([UInt8]) throws(UnreadableAnswer) -> Value
  ) async throws(ReturnPlatformError) -> Value {
    let response = try await get(url, context, deadline)
    guard (200..<300).contains(response.status) else { throw AdobeCommerceRefusal.meaning(of: response) }
    return try readable { () throws(UnreadableAnswer) in try value(response.body) }
  }

  private func readable<Value>(_ value: () throws(UnreadableAnswer) -> Value) throws(ReturnPlatformError) -> Value {
    do throws(UnreadableAnswer) {
      return try value()
    } catch {
      throw .notDone(reason: "unreadable answer: \(error.field)", retryAfter: nil)
    }
  }
}

extension AdobeCommerceReturn {
  func carries(_ reference: String) -> Bool { comments?.contains { $0.contains(reference) } == true }

  /// Whether it was asked for with just these quantities and waits for the merchant, as one of ours would.
  fileprivate func asksFor(_ submission: ReturnSubmission, _ order: AdobeCommerceOrder) -> Bool {
    let skus = Dictionary(order.lines.map { ($0.itemID, $0.sku) }) { first, _ in first }
    let here = Dictionary(items.map { (skus[$0.orderItemID] ?? "", $0.requested) }, uniquingKeysWith: +)
    let asked = Dictionary(submission.items.map { ($0.sku, $0.quantity) }, uniquingKeysWith: +)
    return status == "pending" && here == asked
  }

  /// Whether credit memos of the order cover all that was approved.
  fileprivate func isRefunded(in order: AdobeCommerceOrder) -> Bool {
    let refunded = Dictionary(order.lines.map { ($0.itemID, $0.refunded) }, uniquingKeysWith: +)
    let approved = items.filter { !$0.isRefused }
    return !approved.isEmpty && approved.allSatisfy { (refunded[$0.orderItemID] ?? 0) >= max(1, $0.taken) }
  }
}
