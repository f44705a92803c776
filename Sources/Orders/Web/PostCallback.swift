import Core
import HTTPMessages
import HTTPServer

/// `POST /v1/callbacks`: answered once the call-back and its job are durable.
struct PostCallback: Sendable {
  let requestCallback: RequestCallback
  let configuration: LiveOrdersConfiguration
  let answerOnce: AnswerOnce
  let time: any TimeSource

  var route: Route {
    Route(.post, "/v1/callbacks", access: .scope("callbacks:create")) { try await answer($0) }
  }

  private func answer(_ request: Request) async throws -> Response {
    let callback = try CallbackRequest(JSONBody(request), configuration: configuration, now: time.now).callback
    let clientID = request.caller?.clientID ?? ""
    let requestID = request.context.requestID
    return try await answerOnce(request) { connection in
      let id = try requestCallback(callback, clientID: clientID, requestID: requestID, in: connection)
      return .json(["callback_id": .string(id), "status": "accepted"], status: 202)
    }
  }
}
