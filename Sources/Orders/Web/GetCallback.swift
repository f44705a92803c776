import Core
import HTTPMessages
import HTTPServer
import Storage

/// `GET /v1/callbacks/{callback_id}`: how far it is; nothing of whom it is for.
struct GetCallback: Sendable {
  let table: CallbackTable
  let database: any Database

  var route: Route {
    Route(.get, "/v1/callbacks/{callback_id}", access: .scope("callbacks:create")) { try await answer($0) }
  }

  private func answer(_ request: Request) async throws -> Response {
    let id = request.parameters["callback_id"] ?? ""
    // What is no id of ours is not asked for: a database takes no NUL.
    guard id.utf8.allSatisfy({ (0x21...0x7E).contains($0) }),
      let record = try await database.read({ try table.find(id, in: $0) })
    else { throw Problem.callbackNotFound }
    return .json(
      ["callback_id": .string(id), "status": .string(record.state.rawValue)], headers: ["cache-control": "no-store"])
  }
}

extension Problem {
  static let callbackNotFound = Problem(
    status: 404, code: "callback_not_found", title: "There is no such call back",
    detail: "No call back has this id. It is the callback_id that POST /v1/callbacks answered.")
}
