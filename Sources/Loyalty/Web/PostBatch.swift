import Core
import HTTPMessages
import HTTPServer

/// `POST /v1/ledger/transactions/batch`: up to 8,192 transactions in one commit, each with its own answer, or all or none.
struct PostBatch: Sendable {
  static let most = 8_192
  /// Room for as many with long keys and reasons, a kilobyte each.
  private static let mostBytes = 8 << 20
  /// From here on a body is read, and answered, beside the loop that takes requests: others are not to wait for it.
  private static let longBody = 32 << 10

  let ledger: Ledger
  let requests: LedgerRequests

  var route: Route {
    Route(
      .post, "/v1/ledger/transactions/batch", access: .scope("ledger:write"), bodyLimit: Self.mostBytes
    ) { request in
      guard request.body.count > Self.longBody else { return try await answer(request) }
      return try await withTaskExecutorPreference(globalConcurrentExecutor) { try await answer(request) }
    }
  }

  private func answer(_ request: Request) async throws -> Response {
    let body = try JSONBody(request)
    guard let items = body["transactions"]?.array, (1...Self.most).contains(items.count) else {
      throw Problem.batchInvalid
    }
    let isAtomic = body["atomic"]?.bool == true
    let batch = commands(items, clientID: request.caller?.clientID ?? "")
    if !isAtomic { return response(to: batch, try await ledgerProblems { try await ledger.post(batch.commands) }) }
    if let (index, problem) = batch.refused.first { throw Problem.batchRefused(at: index, problem) }
    do {
      let postings = try await ledgerProblems { try await ledger.postAll(batch.commands) }
      return response(to: batch, postings.map { .success($0) })
    } catch let refusal as BatchRefusal {
      throw Problem.batchRefused(at: refusal.index, Problem(refusal.refusal))
    }
  }

  /// What was sent: commands in order, and what is no command, with its place among all.
  private struct Batch {
    var commands: [LedgerCommand] = []
    /// Of the commands.
    var customers: [Customer] = []
    var refused: [(index: Int, problem: Problem)] = []
  }

  private func commands(_ items: [JSONNode], clientID: String) -> Batch {
    var batch = Batch()
    batch.commands.reserveCapacity(items.count)
    batch.customers.reserveCapacity(items.count)
    for (index, item) in items.enumerated() {
      do throws(Problem) {
        guard item.isObject else { throw .batchInvalid }
        let command = try requests.command(JSONBody(checked: item), clientID: clientID, headerKey: nil)
        batch.customers.append(command.customer)
        batch.commands.append(command)
      } catch {
        batch.refused.append((index, error))
      }
    }
    return batch
  }

  /// The answers in the order of what was sent, and how many there are of each kind.
  private func response(
    to batch: Batch, _ answers: some RandomAccessCollection<Ledger.Answer>
  ) -> Response {
    let count = answers.count + batch.refused.count
    var results: [UInt8] = []
    results.reserveCapacity(512 * count + 128)
    var (replayed, refused) = (0, batch.refused.count)
    var problems = batch.refused[...]
    var pairs = zip(answers, batch.customers).makeIterator()
    for index in 0..<count {
      if index > 0 { results.append(UInt8(ascii: ",")) }
      if problems.first?.index == index, let (_, problem) = problems.popFirst() {
        problem.result.write(to: &results)
      } else if let (answer, customer) = pairs.next() {
        switch answer {
        case .success(let posting):
          if posting.isReplay { replayed += 1 }
          let status: Int64 = posting.isReplay ? 200 : 201
          LedgerPayload.write(posting, customer: customer, status: status, to: &results)
        case .failure(let refusal):
          refused += 1
          Problem(refusal).result.write(to: &results)
        }
      }
    }
    var body: [UInt8] = [UInt8(ascii: "{")]
    body.reserveCapacity(results.count + 128)
    body.append(member: "applied", Int64(count - replayed - refused))
    body.append(member: "replayed", Int64(replayed))
    body.append(member: "refused", Int64(refused))
    body.append(member: "results")
    body.append(UInt8(ascii: "["))
    body.append(contentsOf: results)
    body.append(contentsOf: "]}".utf8)
    return Response(status: 200, headers: Self.headers, body: body)
  }

  private static let headers: Headers = ["cache-control": "no-store", "content-type": "application/json"]
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
