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
    Route(.post, "/v1/ledger/balance/lookup", access: .scope("ledger:read")) { try await answer($0) }
  }

  private func answer(_ request: Request) async throws -> Response {
    let customer = try requests.customer(JSONBody(request))
    let found = try await ledgerProblems { try await lookUp(customer) }
    var members = LedgerPayload.account(found.account, rules: rules(), at: time.now)
    if case .hashes(let hashes) = customer, let hash = hashes.first {
      members.insert(JSONValue.Member("customer_hash", .string(hash.handle)), at: 1)
    }
    members.append(JSONValue.Member("as_of", .string(found.asOf.description)))
    members.append(JSONValue.Member("freshness", .string(found.freshness.rawValue)))
    let available = found.account?.available(at: time.now) ?? 0
    members.append(
      JSONValue.Member(
        "speech",
        .string(BalanceSpeech.sentence(available: available, language: request.headers["accept-language"]))))
    return .json(.object(members), headers: ["cache-control": "no-store"])
  }
}
