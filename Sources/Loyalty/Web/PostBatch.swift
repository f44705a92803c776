import Core
import HTTPMessages
import HTTPServer

/// `POST /v1/ledger/transactions/batch`: up to 8,192 transactions in one commit, each with its own answer, or all or none.
struct PostBatch: Sendable {
  static let most = 8_192

  let ledger: Ledger
  let requests: LedgerRequests

  var route: Route {
    Route(.post, "/v1/ledger/transactions/batch", access: .scope("ledger:write")) { try await answer($0) }
  }

  private func answer(_ request: Request) async throws -> Response {
    let body = try JSONBody(request)
    guard let items = body["transactions"]?.array, (1...Self.most).contains(items.count) else {
      throw Problem.batchInvalid
    }
    let clientID = request.caller?.clientID ?? ""
    let parsed = items.map { item -> Result<LedgerCommand, Problem> in
      Result { () throws(Problem) in
        guard item.members != nil else { throw Problem.batchInvalid }
        return try requests.command(JSONBody(checked: item), clientID: clientID, headerKey: nil)
      }
    }
    return body["atomic"]?.bool == true ? try await all(parsed) : try await each(parsed)
  }

  private func each(_ parsed: [Result<LedgerCommand, Problem>]) async throws -> Response {
    let commands = parsed.compactMap { try? $0.get() }
    var answers = try await ledgerProblems { try await ledger.post(commands) }[...]
    var results = Results()
    for item in parsed {
      switch item {
      case .failure(let problem): results.refuse(problem)
      case .success(let command):
        switch answers.popFirst() {
        case .success(let posting)?: results.take(posting, command.customer)
        case .failure(let refusal)?: results.refuse(Problem(refusal))
        case nil: break
        }
      }
    }
    return results.response
  }

  private func all(_ parsed: [Result<LedgerCommand, Problem>]) async throws -> Response {
    var commands: [LedgerCommand] = []
    for (index, item) in parsed.enumerated() {
      switch item {
      case .success(let command): commands.append(command)
      case .failure(let problem): throw Problem.batchRefused(at: index, problem)
      }
    }
    do {
      let postings = try await ledgerProblems { try await ledger.postAll(commands) }
      var results = Results()
      for (posting, command) in zip(postings, commands) { results.take(posting, command.customer) }
      return results.response
    } catch let refusal as BatchRefusal {
      throw Problem.batchRefused(at: refusal.index, Problem(refusal.refusal))
    }
  }

  /// The answers in order, and how many of each kind.
  private struct Results {
    var bytes: [UInt8] = []
    var applied = 0
    var replayed = 0
    var refused = 0

    mutating func take(_ posting: Posting, _ customer: Customer) {
      if posting.isReplay { replayed += 1 } else { applied += 1 }
      separate()
      LedgerPayload.write(posting, customer: customer, status: posting.isReplay ? 200 : 201, to: &bytes)
    }

    mutating func refuse(_ problem: Problem) {
      refused += 1
      separate()
      problem.result.write(to: &bytes)
    }

    private mutating func separate() {
      bytes.append(bytes.isEmpty ? UInt8(ascii: "[") : UInt8(ascii: ","))
    }

    var response: Response {
      var body = Array("{\"applied\":\(applied),\"replayed\":\(replayed),\"refused\":\(refused),\"results\":".utf8)
      body += bytes
      body += Array("]}".utf8)
      return .json(body, headers: ["cache-control": "no-store"])
    }
  }
}

extension Problem {
  /// As one of many.
  fileprivate var result: JSONValue {
    .object(
      [
        JSONValue.Member("status", .integer(status)), JSONValue.Member("code", .string(code)),
        JSONValue.Member("detail", .string(detail)),
      ] + extensions.sorted { $0.key < $1.key }.map { JSONValue.Member($0.key, $0.value) })
  }

  fileprivate static func batchRefused(at index: Int, _ problem: Problem) -> Problem {
    Problem(
      status: 409, code: "batch_refused", title: "Nothing of the batch was posted",
      detail: "Transaction \(index + 1) was refused: \(problem.detail)",
      extensions: ["index": .integer(index), "result": problem.result])
  }
}
