import Core
import HTTPMessages
import HTTPServer
import Resilience
import Storage
import Synchronization

/// What the browser asks, with the token of its session.
final class PortalRoutes: Sendable {
  private static let pageSize = 20

  private let sessions: PortalSessions
  private let lookUp: LookUpBalance
  private let redeem: Redeem
  private let customers: CustomerKeys
  private let rules: @Sendable () -> RuleBook
  private let cors: PortalCORS
  private let time: any TimeSource
  private let history = AccountHistory()
  /// By session.
  private let redemptions = Mutex(AttemptLimiter<String>(limit: 20, window: .seconds(60)))

  init(
    sessions: PortalSessions, lookUp: LookUpBalance, redeem: Redeem, customers: CustomerKeys,
    rules: @escaping @Sendable () -> RuleBook, cors: PortalCORS, time: any TimeSource
  ) {
    self.sessions = sessions
    self.lookUp = lookUp
    self.redeem = redeem
    self.customers = customers
    self.rules = rules
    self.cors = cors
    self.time = time
  }

  var routes: [Route] {
    [
      route(.get, "/v1/portal/account", .read) { try await self.account($0) },
      route(.get, "/v1/portal/catalog", .read) { try await self.catalog($0) },
      route(.post, "/v1/portal/redeem", .redeem) { try await self.redeem($0) },
      route(.get, "/v1/portal/receipts", .read) { try await self.receipts($0) },
      route(.get, "/v1/portal/history", .read) { try await self.history($0) },
    ].flatMap { [$0, cors.preflight($0.pattern, allowing: $0.method.name)] }
  }

  /// A request whose session is good.
  private struct Asked: Sendable {
    let request: Request
    let session: PortalSession
    /// What the customer reads: as the session says, else as the browser does.
    let locale: String?

    var words: PortalWording { PortalWording(locale) }
  }

  private func route(
    _ method: Method, _ pattern: String, _ scope: PortalSession.Scope,
    _ answer: @escaping @Sendable (Asked) async throws -> JSONAnswer
  ) -> Route {
    Route(method, pattern, access: .open, finish: cors.finish) { [self] request in
      let answer = try await ledgerProblems { try await answer(try await admit(request, scope)) }
      var response = Response.json(answer.value, status: answer.status)
      if answer.isReplay { response.headers["idempotency-replayed"] = "true" }
      response.headers["cache-control"] = "no-store"
      return response
    }
  }

  private struct JSONAnswer: Sendable {
    var value: JSONValue
    var status = 200
    var isReplay = false
  }

  private func admit(_ request: Request, _ scope: PortalSession.Scope) async throws -> Asked {
    let asked = Self.language(request)
    let values = request.headers.all("authorization")
    guard values.count == 1, values[0].prefix(7).lowercased() == "bearer " else {
      throw Problem.sessionEnded(PortalWording(asked))
    }
    do {
      let session = try await sessions.session(of: String(values[0].dropFirst(7)), from: request.peer.address)
      guard session.scopes.contains(scope) else { throw Problem.portalScopeMissing(scope) }
      return Asked(request: request, session: session, locale: session.locale ?? asked)
    } catch let refusal as PortalSessions.Refusal {
      switch refusal {
      case .ended: throw Problem.sessionEnded(PortalWording(asked))
      case .tooManyAttempts(let wait): throw Problem.portalAttempts(retryAfter: wait)
      }
    }
  }

  /// The first tag of `Accept-Language`.
  private static func language(_ request: Request) -> String? {
    let first = request.headers["accept-language"]?.split(whereSeparator: { ",; ".contains($0) }).first.map(String.init)
    return first.flatMap { PortalLocale.isTag($0) ? $0 : nil }
  }

  // MARK: - What the customer has

  private func account(_ asked: Asked) async throws -> JSONAnswer {
    let found = try await lookUp(.hashes(asked.session.customer))
    return JSONAnswer(
      value: PortalAccount(
        found, ladder: rules().tiers, locale: asked.locale, session: asked.session, now: time.now
      ).json)
  }

  private func history(_ asked: Asked) async throws -> JSONAnswer {
    guard let account = try await lookUp(.hashes(asked.session.customer)).account else {
      return JSONAnswer(value: ["history": [], "next_cursor": nil])
    }
    let start = try Self.cursor(asked.request).map { text in
      guard let id = TransactionID(text) else { throw Problem.cursorInvalid }
      return id
    }
    let found = try await lookUp.ledger.read { [history] connection in
      try history.page(of: account, from: start, limit: Self.pageSize, in: connection)
    }
    guard let (page, next) = found else { throw Problem.cursorInvalid }
    return JSONAnswer(
      value: ["history": .array(page.map(PortalHistory.json)), "next_cursor": (next?.description).json])
  }

  // MARK: - Rewards

  /// `tier` and `balance` of the address are hints that nobody needs: both are looked up.
  private func catalog(_ asked: Asked) async throws -> JSONAnswer {
    let found = try await lookUp(.hashes(asked.session.customer))
    let (rewards, free, taken) = try await lookUp.ledger.read { [redeem] connection in
      (
        try redeem.rewards.list(onlyActive: true, in: connection), try redeem.codes.free(in: connection),
        try found.account.map { try redeem.receipts.taken(by: $0.id, in: connection) } ?? [:]
      )
    }
    let (now, rules) = (time.now, rules())
    let tier = found.account.map { rules.tier(of: $0, at: now) } ?? rules.tiers.tier(for: 0).id
    let offers = rewards.map { reward in
      RewardOffer(
        reward, freeCodes: free[reward.id] ?? 0, taken: taken[reward.id] ?? 0,
        available: found.account?.available(at: now) ?? 0, tier: tier, ladder: rules.tiers,
        hasAddress: asked.session.address != nil, now: now)
    }
    let shown = offers.filter { offer in
      // What is over is shown for a day, to whoever wonders; what can come only by mail, to whom mail can be sent.
      !offer.methods.isEmpty && offer.reward.availableUntil.map { $0 + .seconds(86_400) > now } ?? true
    }
    return JSONAnswer(
      value: [
        "rewards": .array(shown.map { $0.json(locale: asked.locale, ladder: rules.tiers) }),
        "balance_version": .integer(found.account?.version ?? 0), "as_of": .string("\(found.asOf)"),
      ])
  }

  private func redeem(_ asked: Asked) async throws -> JSONAnswer {
    let (session, now) = (asked.session, time.uptime)
    if let wait = redemptions.withLock({ $0.check(session.id, now: now) }) {
      throw Problem.portalAttempts(retryAfter: wait)
    }
    redemptions.withLock { $0.record(session.id, now: now) }
    let body = try RedeemBody(JSONBody(asked.request), asked.request, customers)
    if let customer = body.customer, Set(customer).isDisjoint(with: session.customer) { throw Problem.wrongCustomer }
    var wish = body.wish
    wish.locale = asked.locale
    do {
      let done = try await redeem(wish, in: session)
      var members = PortalReceipt(done.receipt, code: done.code, locale: asked.locale).members
      members += [
        .init("balance", .integer(done.posting.balance)), .init("available", .integer(done.posting.available)),
        .init("balance_version", .integer(done.posting.version)),
      ]
      return JSONAnswer(
        value: .object(members), status: done.posting.isReplay ? 200 : 201, isReplay: done.posting.isReplay)
    } catch let refusal as Redeem.Refusal {
      throw Problem(refusal, asked.words) { [rules] in rules().tiers.name($0, in: asked.locale) }
    }
  }

  private func receipts(_ asked: Asked) async throws -> JSONAnswer {
    guard let account = try await lookUp(.hashes(asked.session.customer)).account else {
      return JSONAnswer(value: ["receipts": [], "next_cursor": nil])
    }
    let before = try Self.cursor(asked.request)
    let (page, codes) = try await lookUp.ledger.read { [redeem] connection in
      let page = try redeem.receipts.list(
        of: account.id, before: before, limit: Self.pageSize + 1, in: connection)
      let shown = page.filter { $0.method == .code }.map(\.id)
      return (page, try redeem.codes.codes(of: shown, in: connection))
    }
    let rows = page.prefix(Self.pageSize).map { receipt in
      JSONValue.object(PortalReceipt(receipt, code: codes[receipt.id], locale: asked.locale).members)
    }
    let next = page.count > Self.pageSize ? page[Self.pageSize - 1].id : nil
    return JSONAnswer(value: ["receipts": .array(Array(rows)), "next_cursor": next.json])
  }

  private static func cursor(_ request: Request) throws(Problem) -> String? {
    guard let query = request.query else { return nil }
    guard let fields = FormFields(query) else { throw .cursorInvalid }
    guard let cursor = fields["cursor"] else { return nil }
    guard (1...64).contains(cursor.utf8.count), cursor.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
      throw .cursorInvalid
    }
    return cursor
  }
}
