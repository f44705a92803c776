import Core
import HTTPMessages
import HTTPServer

/// `POST /v1/ledger/balance/lookup` (guide 3, section 2): a POST, as a customer's id belongs into no address.
struct LookUpRoute: Sendable {
  let lookUp: LookUpBalance
  let requests: LedgerRequests
  let rules: @Sendable () -> RuleBook
  let time: any TimeSource

  var route: Route {
    Route(.post, "/v1/ledger/balance/lookup", access: .scope("ledger:read"), ready: ready) { try await answer($0) }
  }

  /// What is wrong with a request is said by `answer`.
  private func ready(_ request: Request) -> Response? {
    guard let customer = try? requests.customer(JSONBody(request)), let found = lookUp.ready(customer) else {
      return nil
    }
    return response(found, of: customer, to: request)
  }

  private func answer(_ request: Request) async throws -> Response {
    let customer = try requests.customer(JSONBody(request))
    let found = try await ledgerProblems { try await lookUp(customer) }
    return response(found, of: customer, to: request)
  }

  private func response(_ found: LookUpBalance.Answer, of customer: Customer, to request: Request) -> Response {
    let now = time.now
    let available = found.account?.available(at: now) ?? 0
    var body: [UInt8] = []
    body.reserveCapacity(512)
    LedgerPayload.open(found.account, of: customer, rules: rules(), at: now, to: &body)
    body.append(member: "as_of", found.asOf)
    body.append(member: "freshness", found.freshness.rawValue)
    body.append(
      member: "speech",
      BalanceSpeech.sentence(available: available, language: request.headers["accept-language"]))
    body.append(UInt8(ascii: "}"))
    return Response(status: 200, headers: Self.headers, body: body)
  }

  private static let headers: Headers = ["cache-control": "no-store", "content-type": "application/json"]
}
