import Core
import HTTPMessages
import HTTPServer
import Storage

/// `GET /v1/returns/{return_request_id}`, `GET /v1/orders/{order_id}/returns` and
/// `POST /v1/returns/{return_request_id}/cancel`.
///
/// An id of a return cannot be guessed, so whoever has it was given it. An order number can: where `orders.verify` asks for
/// a proof, the list is shown to whoever could hear of the order.
struct GetReturns: Sendable {
  let table: ReturnTable
  let database: any Database
  let cancelReturn: CancelReturn
  let answerOnce: AnswerOnce
  let lookUpOrder: LookUpOrder
  let orders: LiveOrdersConfiguration
  let time: any TimeSource

  var routes: [Route] {
    [
      Route(.get, "/v1/returns/{return_request_id}", access: .scope("returns:read")) { try await one($0) },
      Route(.get, "/v1/orders/{order_id}/returns", access: .scope("returns:read")) { try await list($0) },
      Route(.post, "/v1/returns/{return_request_id}/cancel", access: .scope("returns:create")) { try await cancel($0) },
    ]
  }

  private func one(_ request: Request) async throws -> Response {
    let id = try id(of: request)
    let found = try await database.read { connection in
      try table.find(id, in: connection).map { ($0, try table.transitions(of: id, in: connection)) }
    }
    guard let (record, transitions) = found else { throw Problem.returnNotFound }
    return answer(payload(of: record, transitions, request).json, request)
  }

  private func list(_ request: Request) async throws -> Response {
    let number = request.parameters["order_id"] ?? ""
    guard let orderID = orders.idFormat.parse(number) else { throw Problem.orderIDInvalid }
    if orders.read({ $0.verification }) != .none {
      do throws(LookUpOrderError) {
        _ = try await lookUpOrder(
          number, proof: CallerProof(request), asker: Asker(request), context: request.context)
      } catch {
        throw Problem(error)
      }
    }
    let found = try await database.read { connection in
      try table.list(of: orderID, in: connection).map { ($0, try table.transitions(of: $0.id, in: connection)) }
    }
    let returns = found.map { payload(of: $0, $1, request).json }
    return answer(["order_id": .string(orderID.rawValue), "returns": .array(returns)], request)
  }

  private func cancel(_ request: Request) async throws -> Response {
    let id = try id(of: request)
    let requestID = request.context.requestID
    do {
      return try await answerOnce(request) { connection in
        let record = try cancelReturn(id, requestID: requestID, in: connection)
        return answer(payload(of: record, try table.transitions(of: id, in: connection), request).json, request)
      }
    } catch let refusal as CancelReturn.Refusal {
      switch refusal {
      case .notFound: throw Problem.returnNotFound
      case .windowPassed: throw Problem.returnWindowPassed
      case .tooLate: throw Problem.returnNotCancellable
      }
    }
  }

  /// What is no id of ours is not asked for: a database takes no NUL.
  private func id(of request: Request) throws -> String {
    let id = request.parameters["return_request_id"] ?? ""
    guard id.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { throw Problem.returnNotFound }
    return id
  }

  private func payload(
    of record: ReturnRecord, _ transitions: [ReturnTransition], _ request: Request
  ) -> ReturnPayload {
    ReturnPayload(
      record: record, transitions: transitions, now: time.now, lastDay: orders.today(at: record.expiresAt),
      language: SpokenLanguage(acceptLanguage: request.headers["accept-language"]))
  }

  private func answer(_ value: JSONValue, _ request: Request) -> Response {
    let language = SpokenLanguage(acceptLanguage: request.headers["accept-language"])
    return .json(
      value,
      headers: ["cache-control": "no-store", "content-language": language.rawValue, "vary": "accept-language"])
  }
}
