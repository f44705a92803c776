import Core
import HTTPMessages
import HTTPServer

/// `GET /v1/orders/{order_id}`.
struct GetOrder: Sendable {
  let lookUpOrder: LookUpOrder

  var route: Route {
    Route(.get, "/v1/orders/{order_id}", access: .scope("orders:read"), ready: ready) { try await answer($0) }
  }

  private func ready(_ request: Request) -> Response? {
    lookUpOrder.ready(
      request.parameters["order_id"] ?? "", proof: CallerProof(request), asker: Asker(request)
    ).map { response($0, to: request) }
  }

  private func answer(_ request: Request) async throws(Problem) -> Response {
    let found: LookUpOrder.Answer
    do {
      found = try await lookUpOrder(
        request.parameters["order_id"] ?? "", proof: CallerProof(request), asker: Asker(request),
        context: request.context)
    } catch {
      throw Problem(error)
    }
    return response(found, to: request)
  }

  private func response(_ found: LookUpOrder.Answer, to request: Request) -> Response {
    let language = SpokenLanguage(acceptLanguage: request.headers["accept-language"])
    let body = found.copy.answer(language, found.freshness) {
      OrderPayload(copy: found.copy, freshness: found.freshness, language: language).json.bytes
    }
    return Response(status: 200, headers: language == .german ? Self.german : Self.english, body: body)
  }

  private static let english = headers(.english)
  private static let german = headers(.german)

  private static func headers(_ language: SpokenLanguage) -> Headers {
    [
      "content-type": "application/json", "cache-control": "no-store", "content-language": language.rawValue,
      "vary": "accept-language",
    ]
  }
}

extension CallerProof {
  /// `X-Caller`, and `X-Postal-Code` or the query's `postal_code`.
  init(_ request: Request) {
    self.init(
      callerNumber: request.headers["x-caller"],
      postalCode: request.headers["x-postal-code"] ?? request.query.flatMap { FormFields($0)?["postal_code"] })
  }
}

extension Asker {
  init(_ request: Request) {
    self.init(
      callerNumber: request.headers["x-caller"], address: request.peer.address,
      clientID: request.caller?.clientID ?? "")
  }
}
