import Core
import HTTPMessages
import HTTPServer
import Storage
import Synchronization

/// An account, its history and its statement.
struct AccountRoutes: Sendable {
  private static let path = "/v1/ledger/accounts/{account_id}"
  private static let mostLines = 500

  let ledger: Ledger
  let rules: @Sendable () -> RuleBook
  let time: any TimeSource

  var routes: [Route] {
    [
      Route(.get, Self.path, access: .scope("ledger:read")) { try await account($0) },
      Route(.get, Self.path + "/transactions", access: .scope("ledger:read")) { try await history($0) },
      Route(.get, Self.path + "/statement", access: .scope("ledger:read")) { try await statement($0) },
    ]
  }

  private func account(_ request: Request) async throws -> Response {
    let moment = try Self.time(request, "at")
    let account = try await found(request)
    guard let moment else {
      let now = time.now
      var body: [UInt8] = []
      LedgerPayload.open(account, rules: rules(), at: now, to: &body)
      body.append(member: "as_of", now)
      body.append(UInt8(ascii: "}"))
      return .json(body)
    }
    let entry = try await ledgerProblems {
      try await ledger.read { try AccountHistory().last(of: account, at: moment, in: $0) }
    }
    return .json([
      "account_id": .string(AccountID(account).description),
      "balance": .integer((entry?.available ?? 0) + (entry?.held ?? 0)), "available": .integer(entry?.available ?? 0),
      "held": .integer(entry?.held ?? 0), "balance_version": .integer(entry?.number ?? 0),
      "as_of": .string(moment.description),
    ])
  }

  private func history(_ request: Request) async throws -> Response {
    let fields = try Self.fields(request)
    let limit = try Self.limit(fields)
    let since = try Self.time(request, "since")
    var start: TransactionID?
    if let cursor = fields["cursor"] {
      guard let id = TransactionID(cursor) else { throw Problem.cursorInvalid }
      start = id
    }
    let account = try await found(request)
    let (page, next) = try await ledgerProblems {
      try await ledger.read { [start] connection in
        let page = try AccountHistory().page(of: account, from: start, limit: limit, since: since, in: connection)
        guard let page else { throw Problem.cursorInvalid }
        return page
      }
    }
    var body = Array("{\"transactions\":[".utf8)
    for (index, line) in page.enumerated() {
      if index > 0 { body.append(UInt8(ascii: ",")) }
      LedgerPayload.write(line: line, to: &body)
    }
    body += Array("],\"next_cursor\":".utf8)
    (next.map { .string($0.description) } ?? JSONValue.null).write(to: &body)
    body.append(UInt8(ascii: "}"))
    return .json(body)
  }

  /// Oldest first: the places of the transactions are found from the newest back, and then read from the oldest on.
  private func statement(_ request: Request) async throws -> Response {
    let since = try Self.time(request, "from") ?? Timestamp(microseconds: 0)
    let until = try Self.time(request, "until") ?? time.now
    let account = try await found(request)
    let sequences = try await ledgerProblems {
      try await ledger.read { try AccountHistory().sequences(of: account, since: since, until: until, in: $0) }
    }
    let rest = Mutex(Statement(sequences: sequences))
    var response = Response.stream(type: "text/csv; charset=utf-8; header=present") { [ledger] in
      switch rest.withLock({ $0.next() }) {
      case .header(let line)?: return line
      case .page(let sequences)?:
        return try await ledger.read { try AccountHistory().lines(sequences, in: $0) }.flatMap(Statement.line)
      case nil: return nil
      }
    }
    response.headers["content-disposition"] = "attachment; filename=\"statement.csv\""
    response.headers["cache-control"] = "no-store"
    return response
  }

  // MARK: - What was asked

  private func found(_ request: Request) async throws -> LedgerAccount {
    guard let id = request.parameters["account_id"].flatMap(AccountID.init),
      let account = try await ledgerProblems({ try await ledger.read(.account(id.number)).0 }), account.tag == id.tag
    else { throw Problem.accountNotFound }
    return account
  }

  private static func fields(_ request: Request) throws(Problem) -> FormFields {
    guard let fields = FormFields(request.query ?? "") else { throw .cursorInvalid }
    return fields
  }

  private static func limit(_ fields: FormFields) throws(Problem) -> Int {
    guard let text = fields["limit"] else { return 50 }
    guard let limit = Int(text), (1...mostLines).contains(limit) else { throw .cursorInvalid }
    return limit
  }

  private static func time(_ request: Request, _ name: String) throws(Problem) -> Timestamp? {
    guard let text = try fields(request)[name] else { return nil }
    guard let moment = Timestamp(text) else { throw .timeInvalid }
    return moment
  }
}
