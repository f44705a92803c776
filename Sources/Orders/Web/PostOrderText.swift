import Core
import HTTPMessages
import HTTPServer

/// `POST /v1/orders/{order_id}/text`: answered once the message and its job are durable.
///
/// The platform is not asked here, so whoever may not hear of the order learns nothing; whether they may is decided when
/// the message is made. Where `orders.verify` is `caller_number`, the number that the message goes to must be one that
/// the shop has for the order.
struct PostOrderText: Sendable {
  let requestStatusText: RequestStatusText
  let configuration: LiveOrdersConfiguration
  let answerOnce: AnswerOnce

  var route: Route {
    Route(.post, "/v1/orders/{order_id}/text", access: .scope("messages:send")) { try await answer($0) }
  }

  private func answer(_ request: Request) async throws -> Response {
    guard let orderID = configuration.idFormat.parse(request.parameters["order_id"] ?? "") else {
      throw Problem.orderIDInvalid
    }
    let countryCode = configuration.read { $0.countryCode }
    let number = try JSONBody(request).phoneNumber(countryCode: countryCode).e164
    let text = TextOrder(
      number: number, orderID: orderID, language: SpokenLanguage(acceptLanguage: request.headers["accept-language"]),
      proof: CallerProof(callerNumber: number, postalCode: CallerProof(request).postalCode), asker: Asker(request))
    let clientID = request.caller?.clientID ?? ""
    let requestID = request.context.requestID
    return try await answerOnce(request) { connection in
      let id = try requestStatusText(text, clientID: clientID, requestID: requestID, in: connection)
      return .json(["message_id": .string(id), "status": "accepted"], status: 202)
    }
  }
}
