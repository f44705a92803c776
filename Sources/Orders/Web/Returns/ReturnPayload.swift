import Core

/// What is answered of a return.
struct ReturnPayload: Sendable {
  let record: ReturnRecord
  let transitions: [ReturnTransition]
  let now: Timestamp
  /// The last day to send the goods, where the shop is.
  let lastDay: CalendarDate
  let language: SpokenLanguage

  var json: JSONValue {
    let selfService = record.selfService(at: now)
    return .object([
      .init("return_request_id", .string(record.id)),
      .init("order_id", .string(record.orderID.rawValue)),
      .init("status", .string(record.state.rawValue)),
      .init("rma_number", record.rmaNumber.map { .string($0) } ?? .null),
      .init("items", record.items.json),
      .init("created_at", .string(record.createdAt.description)),
      .init("age_seconds", .integer(max(0, (now - record.createdAt).components.seconds))),
      .init("expires_at", .string(record.expiresAt.description)),
      .init("self_service", .bool(selfService == .open)),
      .init("self_service_reason", selfService.reason.map { .string($0) } ?? .null),
      .init("refused", record.refusal.map(Self.refused) ?? .null),
      .init("transitions", .array([first.json] + transitions.map(\.json))),
      .init("speech", .string(ReturnSpeech(record: record, lastDay: lastDay).sentence(in: language))),
    ])
  }

  /// The request itself, of which the row of the return is the record.
  private var first: ReturnTransition {
    ReturnTransition(
      from: nil, to: .requested, at: record.createdAt, cause: .request, requestID: record.requestID, detail: nil)
  }

  private static func refused(_ refusal: ReturnRecord.Refusal) -> JSONValue {
    ["code": .string(refusal.reason.rawValue), "detail": refusal.detail.map { .string($0) } ?? .null]
  }
}

extension ReturnTransition {
  fileprivate var json: JSONValue {
    [
      "from": from.map { .string($0.rawValue) } ?? .null, "to": .string(to.rawValue), "at": .string(at.description),
      "cause": .string(cause.rawValue), "request_id": .string(requestID), "detail": detail.map { .string($0) } ?? .null,
    ]
  }
}
