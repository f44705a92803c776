import Core
import HTTPClient
import HTTPMessages
import Synchronization
import Testing

/// A source over a scripted token endpoint in manual time.
private final class TokenRig: Sendable {
  let time = ManualTime()
  let refreshes = Collector<TokenRefresh>()
  let http: ScriptedRequests
  let source: AccessTokenSource

  init(
    style: TokenEndpoint.Style = .basic, scope: String? = nil, clientID: String = "id",
    _ script: @escaping @Sendable (Int, ManualTime) async -> Result<IncomingResponse, HTTPClientError>
  ) {
    let (time, refreshes) = (time, refreshes)
    http = ScriptedRequests { number, _ in await script(number, time) }
    let box = SecretBox()
    secretBox = box
    source = AccessTokenSource(
      name: "shop",
      endpoint: TokenEndpoint(url: "https://shop.example/oauth/token", clientID: clientID, style: style, scope: scope),
      secret: { Redacted(box.value.withLock { $0 }) }, http: http, time: time, random: SeededRandom(seed: 1),
      observe: { refreshes.add($0) })
  }

  final class SecretBox: Sendable { let value = Mutex("s3:cr/et") }
  let secretBox: SecretBox

  func token() async throws(AccessTokenError) -> String { try await source.token().reveal() }

  func error() async -> AccessTokenError? {
    do throws(AccessTokenError) { _ = try await source.token() } catch { return error }
    return nil
  }

  /// Waits for fetches in the background.
  func waitForRefreshes(_ count: Int) async throws { try await waitUntil { refreshes.all.count == count } }
}

private func token(_ number: Int, expiresIn: String = "3600") -> Result<IncomingResponse, HTTPClientError> {
  answer(200, #"{"access_token":"t\#(number)","token_type":"Bearer","expires_in":\#(expiresIn)}"#)
}

@Suite(.timeLimit(.minutes(1))) struct AccessTokenTests {
  @Test func aTokenIsFetchedOnceAndKept() async throws {
    let rig = TokenRig { number, _ in token(number) }
    for _ in 0..<3 { #expect(try await rig.token() == "t1") }
    #expect(rig.http.requests.count == 1)
    #expect(rig.refreshes.all.map(\.outcome) == ["ok"])
  }

  @Test(
    arguments: [
      (TokenEndpoint.Style.basic, nil, "grant_type=client_credentials", "Basic YSUyMGIlM0FjOnMzJTNBY3IlMkZldA=="),
      (.basic, "a b", "grant_type=client_credentials&scope=a%20b", "Basic YSUyMGIlM0FjOnMzJTNBY3IlMkZldA=="),
      (.body, nil, "grant_type=client_credentials&client_id=a%20b%3Ac&client_secret=s3%3Acr%2Fet", nil),
      (
        .json, "x", #"{"grant_type":"client_credentials","client_id":"a b:c","client_secret":"s3:cr/et","scope":"x"}"#,
        nil
      ),
    ] as [(TokenEndpoint.Style, String?, String, String?)])
  func theRequestIsInTheStyleOfTheVendor(
    style: TokenEndpoint.Style, scope: String?, body: String, authorization: String?
  ) async throws {
    let rig = TokenRig(style: style, scope: scope, clientID: "a b:c") { number, _ in token(number) }
    _ = try await rig.token()
    let request = try #require(rig.http.requests.first)
    #expect(request.method == .post)
    #expect(String(decoding: request.body ?? [], as: UTF8.self) == body)
    #expect(request.headers["authorization"] == authorization)
    #expect(
      request.headers["content-type"] == (style == .json ? "application/json" : "application/x-www-form-urlencoded"))
  }

  @Test(arguments: [
    ("3600", 3_600), (#""3600""#, 3_600), ("100", 100), ("86399", 86_399), ("59.9", 59), (#""soon""#, 60), ("null", 60),
    ("0", 60), ("-5", 60), ("1e300", 31_536_000),
  ])
  func theLifetimeIsWhatTheVendorSays(expiresIn: String, seconds: Int) async throws {
    let rig = TokenRig { number, _ in token(number, expiresIn: expiresIn) }
    #expect(try await rig.token() == "t1")
    try await waitUntil { rig.time.sleeperCount == 1 }
    rig.time.advance(by: .seconds(seconds) - .milliseconds(1))
    try await rig.waitForRefreshes(2)
    let expired = TokenRig { number, _ in token(number, expiresIn: expiresIn) }
    #expect(try await expired.token() == "t1")
    try await waitUntil { expired.time.sleeperCount == 1 }
    expired.time.advance(by: .seconds(seconds))
    #expect(try await expired.token() == "t2", "nothing is served from its end on")
  }

  /// min(60 s, 10 %) before the end, while the old one is still served.
  @Test(arguments: [("3600", 3_540), ("86400", 86_340), ("100", 90), ("600", 540)])
  func itIsReplacedInTheBackgroundBeforeItEnds(expiresIn: String, refreshAt: Int) async throws {
    let gate = ManualTime()
    let rig = TokenRig { number, _ in
      if number == 2 { try? await gate.sleep(for: .seconds(1)) }
      return token(number, expiresIn: expiresIn)
    }
    #expect(try await rig.token() == "t1")
    try await waitUntil { rig.time.sleeperCount == 1 }
    rig.time.advance(by: .seconds(refreshAt) - .milliseconds(1))
    #expect(try await rig.token() == "t1")
    #expect(rig.http.requests.count == 1)
    rig.time.advance(by: .milliseconds(1))
    try await waitUntil { gate.sleeperCount == 1 }
    for _ in 0..<5 { #expect(try await rig.token() == "t1") }
    #expect(rig.http.requests.count == 2, "one at a time")
    gate.advance(by: .seconds(1))
    try await rig.waitForRefreshes(2)
    #expect(try await rig.token() == "t2")
  }

  @Test func concurrentCallersShareOneFetch() async throws {
    let gate = ManualTime()
    let rig = TokenRig { number, _ in
      try? await gate.sleep(for: .seconds(1))
      return token(number)
    }
    let callers = (0..<20).map { _ in Task { try await rig.token() } }
    // Each caller that waits has a timer for its time limit.
    try await waitUntil { gate.sleeperCount == 1 && rig.time.sleeperCount == 20 }
    gate.advance(by: .seconds(1))
    for caller in callers { #expect(try await caller.value == "t1") }
    #expect(rig.http.requests.count == 1)
  }

  @Test func aCallerWaitsNoLongerThanItsLimitAndMayBeCancelled() async throws {
    let gate = ManualTime()
    let rig = TokenRig { number, _ in
      try? await gate.sleep(for: .seconds(1))
      return token(number)
    }
    let impatient = Task { try await rig.source.token(within: .seconds(2)) }
    let cancelled = Task { try await rig.source.token() }
    let patient = Task { try await rig.token() }
    try await waitUntil { gate.sleeperCount == 1 && rig.time.sleeperCount == 3 }
    cancelled.cancel()
    await #expect(throws: AccessTokenError.cancelled) { try await cancelled.value }
    rig.time.advance(by: .seconds(2))
    await #expect(throws: AccessTokenError.timedOut) { try await impatient.value }
    gate.advance(by: .seconds(1))
    #expect(try await patient.value == "t1")
  }

  @Test func aFailedReplacementKeepsTheOldTokenUntilItEnds() async throws {
    let rig = TokenRig { number, _ in number == 1 ? token(1, expiresIn: "100") : answer(503) }
    #expect(try await rig.token() == "t1")
    try await waitUntil { rig.time.sleeperCount == 1 }
    rig.time.advance(by: .seconds(90))
    try await rig.waitForRefreshes(2)
    #expect(rig.refreshes.all.map(\.outcome) == ["ok", "unavailable"])
    for _ in 91...99 {
      rig.time.advance(by: .seconds(1))
      #expect(try await rig.token() == "t1")
    }
    rig.time.advance(by: .seconds(1))
    #expect(await rig.error() != nil)
  }

  @Test func failuresBackOffAndTellWhen() async throws {
    let rig = TokenRig { number, _ in number < 4 ? .failure(.notSent(reason: "refused")) : token(number) }
    let first = await rig.error()
    #expect(first == .unavailable(reason: "the token endpoint cannot be reached: refused", retryAfter: nil))
    guard case .unavailable(_, .some(let wait)) = await rig.error() else { return #expect(Bool(false), "no pause") }
    #expect(wait >= .milliseconds(800) && wait <= .milliseconds(1_200))
    #expect(rig.http.requests.count == 1, "nothing is asked during the pause")
    rig.time.advance(by: wait)
    _ = await rig.error()
    #expect(rig.http.requests.count == 2)
    guard case .unavailable(_, .some(let longer)) = await rig.error() else { return #expect(Bool(false), "no pause") }
    #expect(longer >= .milliseconds(1_600))
    rig.time.advance(by: .seconds(5))
    _ = await rig.error()
    rig.time.advance(by: .seconds(5))
    #expect(try await rig.token() == "t4")
  }

  @Test(
    arguments: [
      (
        401, #"{"error":"invalid_client","error_description":"s3:cr/et"}"#, [:],
        .rejected(status: 401, code: "invalid_client")
      ),
      (400, #"{"error":"s3:cr/et"}"#, [:], .rejected(status: 400, code: nil)),
      (404, "<html>", [:], .rejected(status: 404, code: nil)),
      (302, "", [:], .rejected(status: 302, code: nil)),
      (429, "", ["retry-after": "7"], .unavailable(reason: "the token endpoint answered 429", retryAfter: .seconds(7))),
      (503, "", [:], .unavailable(reason: "the token endpoint answered 503", retryAfter: nil)),
      (200, "{}", [:], .unavailable(reason: "the token endpoint answered without an access token", retryAfter: nil)),
      (
        200, #"{"access_token":""}"#, [:],
        .unavailable(reason: "the token endpoint answered without an access token", retryAfter: nil)
      ),
      (
        200, #"{"access_token":"a\r\nX: 1"}"#, [:],
        .unavailable(reason: "the token endpoint answered without an access token", retryAfter: nil)
      ),
    ] as [(Int, String, Headers, AccessTokenError)])
  func refusalsAreToldWithoutSecrets(status: Int, body: String, headers: Headers, expected: AccessTokenError) async {
    let rig = TokenRig { _, _ in answer(status, body, headers) }
    let error = await rig.error()
    #expect(error == expected)
    #expect(!"\(String(describing: error))\(rig.refreshes.all)".contains("cr/et"))
    if headers["retry-after"] != nil {
      rig.time.advance(by: .milliseconds(6_999))
      _ = await rig.error()
      #expect(rig.http.requests.count == 1, "the vendor's wish is kept")
    }
  }

  @Test func aRefusedTokenIsFetchedAnewAndAStaleOneIsNot() async throws {
    let rig = TokenRig { number, _ in token(number) }
    let first = try await rig.source.token()
    rig.source.invalidate(first)
    #expect(try await rig.token() == "t2")
    rig.time.advance(by: .seconds(10))
    rig.source.invalidate(first)
    #expect(try await rig.token() == "t2", "a slow caller does not throw away the newer one")
    #expect(rig.http.requests.count == 2)
  }

  @Test func refusalsInARowDoNotHammerTheTokenEndpoint() async throws {
    let rig = TokenRig { number, _ in token(number) }
    for _ in 0..<10 { rig.source.invalidate(try await rig.source.token()) }
    #expect(rig.http.requests.count == 2)
    rig.time.advance(by: .seconds(5))
    rig.source.invalidate(try await rig.source.token())
    #expect(try await rig.token() == "t3")
  }

  @Test func aNewSecretIsUsedAtOnce() async throws {
    let rig = TokenRig { number, _ in number == 1 ? token(1) : number == 2 ? answer(401) : token(number) }
    #expect(try await rig.token() == "t1")
    rig.secretBox.value.withLock { $0 = "wrong" }
    #expect(try await rig.token() == "t1", "the old token is served meanwhile")
    try await rig.waitForRefreshes(2)
    #expect(try await rig.token() == "t1")
    #expect(rig.http.requests.count == 2)
    rig.secretBox.value.withLock { $0 = "right" }
    #expect(try await rig.token() == "t1", "no pause is left of the other secret")
    try await rig.waitForRefreshes(3)
    #expect(try await rig.token() == "t3")
  }

  @Test func aTokenThatNobodyUsesIsLetExpire() async throws {
    let rig = TokenRig { number, _ in token(number) }
    #expect(try await rig.token() == "t1")
    try await waitUntil { rig.time.sleeperCount == 1 }
    rig.time.advance(by: .seconds(3_550))
    try await rig.waitForRefreshes(2)
    try await waitUntil { rig.time.sleeperCount == 1 }
    rig.time.advance(by: .seconds(3_550))
    try await waitUntil { rig.time.sleeperCount == 0 }
    #expect(rig.http.requests.count == 2)
  }
}

@Suite(.timeLimit(.minutes(1))) struct AuthorizedRequestsTests {
  private func requests(
    tokens: TokenRig, _ script: @escaping ScriptedRequests.Script
  ) -> (ScriptedRequests, AuthorizedRequests) {
    let http = ScriptedRequests(script)
    return (
      http,
      AuthorizedRequests(http, tokens: tokens.source, time: tokens.time) { $1["x-shopify-access-token"] = $0 }
    )
  }

  private let request = OutgoingRequest(.get, "https://shop.example/orders/1", timeout: .seconds(10))

  @Test(arguments: [(1, 200, ["t1", "t2"]), (9, 401, ["t1", "t2"]), (0, 200, ["t1"])])
  func anUnauthorizedRequestIsMadeOnceMore(refusals: Int, status: Int, used: [String]) async throws {
    let tokens = TokenRig { number, _ in token(number) }
    let (http, authorized) = requests(tokens: tokens) { number, _ in answer(number <= refusals ? 401 : 200) }
    #expect(try await authorized.send(request).status == status)
    #expect(http.requests.compactMap { $0.headers["x-shopify-access-token"] } == used)
  }

  @Test func theTimeLimitIsForAll() async throws {
    let tokens = TokenRig { number, time in
      time.advance(by: .seconds(3))
      return token(number)
    }
    let (http, authorized) = requests(tokens: tokens) { number, _ in
      tokens.time.advance(by: .seconds(1))
      return answer(number == 1 ? 401 : 200)
    }
    #expect(try await authorized.send(request).status == 200)
    #expect(http.requests.map(\.timeout) == [.seconds(7), .seconds(3)])
  }

  @Test func withoutATokenNothingIsSent() async throws {
    let tokens = TokenRig { _, _ in answer(401, #"{"error":"invalid_client"}"#) }
    let (http, authorized) = requests(tokens: tokens) { _, _ in answer() }
    await #expect(throws: AuthorizedRequestError.token(.rejected(status: 401, code: "invalid_client"))) {
      try await authorized.send(request)
    }
    #expect(http.requests.isEmpty)
  }
}
