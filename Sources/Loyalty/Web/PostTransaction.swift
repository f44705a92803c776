import Core
import HTTPMessages
import HTTPServer
import Idempotency

/// `POST /v1/ledger/transaction/process` (guide 3, sections 1 and 3): 201 for a new transaction, 200 for one that is known.
struct PostTransaction: Sendable {
  let ledger: Ledger
  let requests: LedgerRequests

  var route: Route {
    Route(.post, "/v1/ledger/transaction/process", access: .scope("ledger:write")) { try await answer($0) }
  }

  private func answer(_ request: Request) async throws -> Response {
    let command = try requests.command(
      JSONBody(request), clientID: request.caller?.clientID ?? "",
      headerKey: IdempotencyKey.read(from: request.headers)?.text)
    let posting = try await ledgerProblems { try await ledger.post(command) }
    var body: [UInt8] = []
    body.reserveCapacity(512)
    LedgerPayload.write(posting, customer: command.customer, to: &body)
    return posting.isReplay
      ? Response(status: 200, headers: Self.replayed, body: body)
      : Response(status: 201, headers: Self.created, body: body)
  }

  private static let created: Headers = ["cache-control": "no-store", "content-type": "application/json"]
  private static let replayed: Headers = [
    "idempotency-replayed": "true", "cache-control": "no-store", "content-type": "application/json",
  ]
}
