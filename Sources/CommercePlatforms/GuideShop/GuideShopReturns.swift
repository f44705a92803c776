import Core
import HTTPClient
import HTTPMessages
import Orders

/// Returns at the guide's shop. The guide shows the body of `POST /returns` and that it answers with a
/// `return_request_id` (section 3); it names no reads, no errors and no way to find a return again. What is asked for
/// besides is sent so that a shop may ignore it: `external_reference` in the body, and `Idempotency-Key`, both ours.
extension GuideShop: ReturnPlatform {
  /// A shop without a list of returns says of nothing that it was returned already: it checks again when it is asked.
  package func returnable(_ orderID: OrderID, context: CallContext) async throws(ReturnPlatformError)
    -> ReturnableOrder?
  {
    let deadline = calls.deadline(of: context)
    let response = try await read("/orders/\(orderID.rawValue.percentEncoded)", context, by: deadline)
    guard response.status != 404 else { return nil }
    let order: Order
    do throws(UnreadableAnswer) {
      order = try GuideShopAnswer(configuration).order(orderID, in: response.body)
    } catch { throw error.notDone }
    var lines: [ReturnableOrder.Line] = []
    for item in order.items {
      if let place = lines.firstIndex(where: { $0.sku == item.sku }) {
        lines[place].bought += item.quantity
      } else {
        lines.append(.init(sku: item.sku, bought: item.quantity, returned: 0))
      }
    }
    let taken = try await list("order_id", orderID.rawValue, context, by: deadline) ?? []
    for item in taken where item.orderID == orderID && item.isTaking {
      for (sku, quantity) in item.quantities {
        if let place = lines.firstIndex(where: { $0.sku == sku }) { lines[place].returned += quantity }
      }
    }
    return ReturnableOrder(
      orderID: orderID, isEligible: order.returnEligible, until: order.returnEligibleUntil, lines: lines)
  }

  package func submit(_ submission: ReturnSubmission, context: CallContext) async throws(ReturnPlatformError)
    -> PlatformReturn
  {
    let response = try await calls.sendReturn(
      .post, "\(configuration.baseURL)/returns", headers: ["idempotency-key": submission.reference],
      body: submission.guideShopJSON.bytes, maximumBodySize: configuration.maximumBodySize, isRead: false,
      context: context, by: calls.deadline(of: context))
    switch response.status {
    case 200..<300:
      do throws(UnreadableAnswer) {
        return try GuideShopReturnAnswer(response.body).platformReturn
      } catch {
        throw .unknown(reason: "unreadable answer: \(error.field)")
      }
    case 400..<500: throw GuideShopRefusal(response, platform: name).error
    // A redirection is nobody's word that nothing was done.
    default: throw .unknown(reason: "it answered \(response.status)")
    }
  }

  /// By our reference; from a shop that does not keep it, by what else a return is known by: the order, the call it was
  /// asked for in, and the items.
  package func find(_ submission: ReturnSubmission, context: CallContext) async throws(ReturnPlatformError)
    -> PlatformReturn?
  {
    let deadline = calls.deadline(of: context)
    let named = try await list("external_reference", submission.reference, context, by: deadline)
    if let found = named?.first(where: { $0.reference == submission.reference }) { return found.platformReturn }
    guard let all = try await list("order_id", submission.orderID.rawValue, context, by: deadline) else {
      throw .notDone(reason: "it has no list of returns to look in", retryAfter: nil)
    }
    return all.first { $0.matches(submission) }?.platformReturn
  }

  package func read(_ id: String, of orderID: OrderID, context: CallContext) async throws(ReturnPlatformError)
    -> PlatformReturn?
  {
    let response = try await read("/returns/\(id.percentEncoded)", context, by: calls.deadline(of: context))
    guard response.status != 404 else { return nil }
    do throws(UnreadableAnswer) {
      return try GuideShopReturnAnswer(response.body).platformReturn
    } catch { throw error.notDone }
  }

  /// `{"type": "return.updated", "return_request_id", "order_id", "external_reference"}`: any type that begins with
  /// `return.` and names one of them.
  package func hint(topic: String, body: JSONValue) -> ReturnHint? {
    guard (body["type"]?.string ?? topic).hasPrefix("return.") else { return nil }
    let hint = ReturnHint(
      platformID: body["return_request_id"]?.string, reference: body["external_reference"]?.string,
      orderID: body["order_id"]?.string.map { OrderID(rawValue: $0) })
    return hint == ReturnHint() ? nil : hint
  }

  // MARK: - Reads

  /// - Returns: an answer with a status below 300, or 404.
  private func read(_ path: String, _ context: CallContext, by deadline: Duration) async throws(ReturnPlatformError)
    -> IncomingResponse
  {
    let response = try await calls.sendReturn(
      .get, configuration.baseURL + path, body: nil, maximumBodySize: configuration.maximumBodySize, isRead: true,
      context: context, by: deadline)
    guard response.status < 300 || response.status == 404 else {
      throw .notDone(reason: "it answered \(response.status)", retryAfter: nil)
    }
    return response
  }

  /// - Returns: nil from a shop that has no such list.
  private func list(_ field: String, _ value: String, _ context: CallContext, by deadline: Duration)
    async throws(ReturnPlatformError) -> [GuideShopReturnAnswer]?
  {
    let response = try await calls.sendReturn(
      .get, "\(configuration.baseURL)/returns?\(field)=\(value.percentEncoded)", body: nil,
      maximumBodySize: configuration.maximumBodySize, isRead: true, context: context, by: deadline)
    switch response.status {
    case 200..<300:
      do throws(UnreadableAnswer) {
        return try GuideShopReturnAnswer.list(response.body)
      } catch { throw error.notDone }
    case 400, 404, 405: return nil
    default: throw .notDone(reason: "it answered \(response.status)", retryAfter: nil)
    }
  }
}

extension UnreadableAnswer {
  fileprivate var notDone: ReturnPlatformError { .notDone(reason: "unreadable answer: \(field)", retryAfter: nil) }
}

extension ReturnSubmission {
  /// The guide's body, and our reference.
  fileprivate var guideShopJSON: JSONValue {
    [
      "order_id": .string(orderID.rawValue),
      "items": .array(
        items.map {
          [
            "sku": .string($0.sku), "quantity": .integer($0.quantity),
            "reason_code": .string($0.platformReason ?? $0.reasonCode),
          ]
        }),
      "customer_reference": .string(customerReference), "notification_channel": .string(notificationChannel),
      "external_reference": .string(reference),
    ]
  }
}
