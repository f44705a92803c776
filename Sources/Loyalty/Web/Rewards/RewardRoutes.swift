import Core
import HTTPMessages
import HTTPServer
import Storage

/// `/v1/rewards`: the catalogue, for whoever runs the programme.
struct RewardRoutes: Sendable {
  private static let scope = "rewards:manage"

  let catalogue: RewardCatalogue
  let database: any Database
  let answerOnce: AnswerOnce

  var routes: [Route] {
    let access = Route.Access.scope(Self.scope)
    return [
      Route(.get, "/v1/rewards", access: access) { _ in
        let all = try await database.read { try catalogue.list(in: $0) }
        return answer(["rewards": .array(all.map(\.json))])
      },
      Route(.post, "/v1/rewards", access: access) { request in
        let body = try JSONBody(request)
        return try await once(request) { connection in
          let listing = try catalogue.add(try Reward(json: body.value), in: connection)
          return answer(listing.json, status: 201, headers: ["location": "/v1/rewards/\(listing.reward.id)"])
        }
      },
      Route(.get, "/v1/rewards/{reward_id}", access: access) { request in
        let id = request.rewardID
        do {
          return answer(try await database.read { try catalogue.show(id, in: $0) }.json)
        } catch let refusal as RewardCatalogue.Refusal {
          throw Problem(refusal)
        }
      },
      Route(.patch, "/v1/rewards/{reward_id}", access: access) { request in
        let body = try JSONBody(request)
        if body["stock"] != nil { throw Problem.rewardInvalid("stock", "POST …/stock changes the stock.") }
        return try await once(request) { connection in
          answer(try catalogue.edit(request.rewardID, in: connection) { try $0.change(by: body.value) }.json)
        }
      },
      Route(.post, "/v1/rewards/{reward_id}/stock", access: access) { request in
        let change = try Self.stockChange(JSONBody(request).value)
        return try await once(request) { connection in
          answer(try catalogue.changeStock(request.rewardID, change, in: connection).json)
        }
      },
      Route(.post, "/v1/rewards/{reward_id}/codes", access: access) { request in
        let values = try JSONBody(request)["codes"]?.array ?? []
        let codes = values.compactMap(\.string)
        guard codes.count == values.count else { throw Problem.rewardInvalid("codes", "Each code is a text.") }
        return try await once(request) { connection in
          let added = try catalogue.addCodes(codes, to: request.rewardID, in: connection)
          let left = try catalogue.show(request.rewardID, in: connection).codesLeft
          return answer(["added": .integer(added), "known": .integer(codes.count - added), "codes_left": left.json])
        }
      },
    ]
  }

  private func once(
    _ request: Request, _ effect: @escaping @Sendable (any Connection) throws -> Response
  ) async throws -> Response {
    do {
      return try await answerOnce(request, effect)
    } catch let refusal as RewardCatalogue.Refusal {
      throw Problem(refusal)
    } catch let flaw as RewardFlaw {
      throw Problem.rewardInvalid(flaw.member, flaw.sentence)
    }
  }

  /// `{"add": 10}` or `{"set": 50}`; `{"set": null}` for no limit.
  private static func stockChange(_ value: JSONValue) throws(Problem) -> RewardCatalogue.StockChange {
    switch (value["add"], value["set"]) {
    case (let add?, nil):
      if let number = add.integer { return .add(number) }
    case (nil, let set?):
      if set.isNull { return .set(nil) }
      if let number = set.integer { return .set(number) }
    default: break
    }
    throw .rewardInvalid("stock", "Send {\"add\": 10}, {\"set\": 50}, or {\"set\": null} for no limit.")
  }

  private func answer(_ value: JSONValue, status: Int = 200, headers: Headers = [:]) -> Response {
    var response = Response.json(value, status: status, headers: headers)
    response.headers["cache-control"] = "no-store"
    return response
  }
}

extension Request {
  fileprivate var rewardID: String { parameters["reward_id"] ?? "" }
}

extension Problem {
  fileprivate init(_ refusal: RewardCatalogue.Refusal) {
    switch refusal {
    case .exists:
      self.init(
        status: 409, code: "reward_exists", title: "There is such a reward already",
        detail: "Another reward has this reward_id. Change that one with PATCH, or take another id.")
    case .notFound: self = .rewardNotFound
    case .flawed(let flaw): self = .rewardInvalid(flaw.member, flaw.sentence)
    }
  }

  static func rewardInvalid(_ member: String, _ sentence: String) -> Problem {
    Problem(
      status: 422, code: "reward_invalid", title: "A reward cannot be like this", detail: sentence,
      extensions: ["member": .string(member)])
  }

  static let rewardNotFound = Problem(
    status: 404, code: "reward_not_found", title: "There is no such reward",
    detail: "No reward has this reward_id.")
}
