import Core
import HTTPMessages
import HTTPServer

/// `POST /v1/returns`: answered once the return, its job and its event are durable, whatever the platform is doing.
struct PostReturn: Sendable {
  let requestReturn: RequestReturn
  let answerOnce: AnswerOnce

  var route: Route {
    Route(.post, "/v1/returns", access: .scope("returns:create")) { try await answer($0) }
  }

  private func answer(_ request: Request) async throws -> Response {
    let configuration = requestReturn.configuration
    guard configuration.read({ $0.isConnected }) else { throw Problem.platformNotConfigured }
    let body = try ReturnRequestBody(
      JSONBody(request), orders: requestReturn.orders, configuration: configuration,
      acceptLanguage: request.headers["accept-language"])
    let new = try requestReturn.prepare(
      body.request, claim: ReturnDetails.Claim(proof: CallerProof(request), asker: Asker(request)),
      requestID: request.context.requestID)
    // Written before the transaction; nearly always it is the one.
    let answer = Self.answer(RequestReturn.Accepted(id: new.id, createdAt: new.now))
    do {
      return try await answerOnce(request) { connection in
        let accepted = try requestReturn(new, in: connection)
        return accepted.id == new.id ? answer : Self.answer(accepted)
      }
    } catch let refusal as ReturnRefusal {
      requestReturn.observer.asked(.refused)
      throw Problem(refusal)
    }
  }

  private static func answer(_ accepted: RequestReturn.Accepted) -> Response {
    .json(
      [
        "return_request_id": .string(accepted.id), "status": "requested",
        "created_at": .string(accepted.createdAt.description),
      ], status: 202, headers: ["location": "/v1/returns/\(accepted.id)"])
  }
}
