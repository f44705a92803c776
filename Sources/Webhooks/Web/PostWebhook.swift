import Core
import HTTPMessages
import HTTPServer
import Storage
import Telemetry

/// `POST /v1/webhooks/{source}`: the signature is the key. Answered once the delivery and its job are durable.
///
/// What a retry would not mend is answered 200, with what is wrong with it: vendors count every other status as a failure
/// of ours, send the same bytes again for hours, and then drop the subscription.
struct PostWebhook: Sendable {
  let live: LiveWebhookSettings
  let receive: ReceiveWebhook
  let admission: InboxAdmission
  let counters: WebhookCounters
  let services: WebhookInbox.Services

  var route: Route {
    Route(.post, "/v1/webhooks/{source}", access: .open) { try await answer($0) }
  }

  private func answer(_ request: Request) async throws -> Response {
    guard let source = live.source(request.parameters["source"] ?? "") else { throw Problem.sourceUnknown }
    let logger = services.logger.with(requestID: request.context.requestID)
    guard source.isEnabled else {
      counters.delivered(source.name, "disabled")
      throw Problem.sourceDisabled
    }
    let signed = try await verified(request, source, logger)
    let receipt: ReceiveWebhook.Receipt
    do {
      try await admission.admit()
      receipt = try await receive(signed, from: source, body: request.body, requestID: request.context.requestID)
    } catch  where error as? DatabaseError == .queueIsFull || error as? Problem == .webhooksOverloaded {
      counters.delivered(source.name, "overloaded")
      throw Problem.webhooksOverloaded
    }
    counters.delivered(source.name, receipt.outcome)
    if receipt.state != .received, !receipt.isDuplicate {
      logger.info(
        "webhook kept and not worked on",
        ["source": .string(source.name), "inbox_id": .string(receipt.id), "note": .string(receipt.note ?? "")])
    }
    return .json(receipt.payload)
  }

  /// - Throws: `Problem` 401 and, for a token, 403 and 503.
  private func verified(
    _ request: Request, _ source: WebhookSource, _ logger: Logger
  ) async throws(Problem) -> SignedDelivery {
    do throws(SignatureRefusal) {
      return try source.scheme.verify(request.headers, body: request.body, keys: source.keys, now: services.time.now)
    } catch {
      if error == .signatureMissing, let scope = source.scheme.scope, let access = services.access,
        request.headers["authorization"]?.lowercased().hasPrefix("bearer ") == true
      {
        do throws(Problem) {
          _ = try await access.admit(request, scope: scope)
        } catch {
          counters.delivered(source.name, "token_refused")
          throw error
        }
        return source.scheme.delivery(request.headers, body: request.body)
      }
      counters.delivered(source.name, error.rawValue)
      logger.info("webhook refused", ["source": .string(source.name), "reason": .string(error.rawValue)])
      throw error.problem
    }
  }
}

extension ReceiveWebhook.Receipt {
  fileprivate var outcome: String { isDuplicate ? "duplicate" : state == .received ? "accepted" : state.rawValue }

  fileprivate var payload: JSONValue {
    if isDuplicate { return ["duplicate": true] }
    var members: [JSONValue.Member] = [.init("id", .string(id)), .init("state", .string(state.rawValue))]
    if let note { members.append(.init("note", .string(note))) }
    return .object(members)
  }
}
