import Core
import DatabaseTesting
import HTTPMessages
import HTTPServer
import Loyalty
import Testing

struct LedgerRoutesTests {
  private static let earn =
    #"{"idempotency_key":"k1","type":"accrual","customer_id":"u-4711","points":250,"reason":"survey"}"#

  @Test(arguments: Engine.available)
  func aTransactionIs201AndItsRepeat200WithTheSameBody(_ engine: Engine) async throws {
    try await LedgerWebFixture.with(engine) { fixture in
      let first = await fixture.process(Self.earn)
      #expect(first.status == 201)
      #expect(first.json["balance"]?.integer == 250 && first.json["balance_version"]?.integer == 1)
      _ = await fixture.process(#"{"idempotency_key":"k2","type":"redemption","customer_id":"u-4711","points":50}"#)
      let again = await fixture.process(Self.earn)
      #expect(again.status == 200)
      #expect(again.response.body == first.response.body)
      #expect(again.response.headers["idempotency-replayed"] == "true")
    }
  }

  /// The guide's shape: an event's id in place of a key, and the id of the user as the hash.
  @Test func anEventIsItsOwnKey() async throws {
    try await LedgerWebFixture.with { fixture async throws in
      let body = """
        {"event_id":"e-1","channel":"WebChat","type":"accrual","customer_hash":"u-4711","points":5}
        """
      #expect(await fixture.process(body).status == 201)
      // The platform may tell of it in other words.
      #expect(await fixture.process(body.replacing("\"points\":5", with: "\"points\":6")).status == 200)
      #expect(await fixture.process(body.replacing("WebChat", with: "Voice")).status == 201)
      #expect(await fixture.lookUp(#"{"customer_id":"u-4711"}"#).json["balance"]?.integer == 10)
    }
  }

  @Test func theHeaderIsAKeyTooAndClientsDoNotShareThem() async throws {
    try await LedgerWebFixture.with { fixture async throws in
      let body = #"{"type":"accrual","customer_id":"u","points":5}"#
      #expect(await fixture.process(body).code == "idempotency_key_missing")
      #expect(await fixture.process(body, ["idempotency-key": "\"a\""]).status == 201)
      #expect(await fixture.process(body, ["idempotency-key": "a"]).status == 200)
      #expect(await fixture.process(body, ["idempotency-key": "a", "x-client": "other"]).status == 201)
    }
  }

  @Test func theHandleLeadsToTheSameAccount() async throws {
    try await LedgerWebFixture.with { fixture async throws in
      let earned = await fixture.process(Self.earn).json
      let handle = try #require(earned["customer_hash"]?.string)
      let found = await fixture.lookUp(#"{"customer_hash":"\#(handle)"}"#).json
      #expect(found["account_id"] == earned["account_id"])
      #expect(found["speech"] == "You have 250 points to spend.")
    }
  }

  @Test(arguments: [
    (#"{"idempotency_key":"k","type":"accrual","points":5}"#, "customer_missing"),
    (#"{"idempotency_key":"k","type":"accrual","customer_id":"","points":5}"#, "customer_invalid"),
    (#"{"idempotency_key":"k","type":"accrual","customer_id":"a b","points":5}"#, "customer_invalid"),
    (#"{"idempotency_key":"k","type":"expiry","customer_id":"u","points":5}"#, "type_unknown"),
    (#"{"idempotency_key":"k","type":"accrual","customer_id":"u","points":0}"#, "points_invalid"),
    (#"{"idempotency_key":"k","type":"accrual","customer_id":"u","points":1.5}"#, "points_invalid"),
    (#"{"idempotency_key":"k","type":"accrual","customer_id":"u","points":"5"}"#, "points_invalid"),
    (#"{"idempotency_key":"k","type":"accrual","customer_id":"u","points":9223372036854775807}"#, "points_invalid"),
    (#"{"idempotency_key":"k","type":"adjustment","customer_id":"u","points":0}"#, "points_invalid"),
    (#"{"idempotency_key":"k","type":"accrual","customer_id":"u","points":5,"event_type":"x"}"#, "points_invalid"),
    (#"{"idempotency_key":"k","type":"accrual","customer_id":"u","event_type":"x","amount":-1}"#, "amount_invalid"),
    (#"{"idempotency_key":"k","type":"accrual","customer_id":"u","event_type":"x"}"#, "no_rule"),
    (#"{"idempotency_key":"k","type":"reversal","customer_id":"u"}"#, "reference_invalid"),
    (
      #"{"idempotency_key":"k","type":"reversal","customer_id":"u","reference":"txn_00000001V7WEW9CZ1VH7"}"#,
      "transaction_not_found"
    ),
    (
      #"{"idempotency_key":"k","type":"release","customer_id":"u","reference":"txn_00000001V7WEW9CZ1VH7"}"#,
      "hold_not_open"
    ),
    (
      #"{"idempotency_key":"k","type":"accrual","customer_id":"u","points":5,"expires_at":"2026-11-21T12:00:00Z"}"#,
      "expires_at_invalid"
    ),
    (
      #"{"idempotency_key":"k","type":"hold","customer_id":"u","points":5,"expires_at":"2028-11-21T12:00:00Z"}"#,
      "expires_at_invalid"
    ),
    (
      #"{"idempotency_key":"k","type":"accrual","customer_id":"u","points":5,"expected_version":-1}"#, "version_invalid"
    ),
    (#"{"idempotency_key":"a b","type":"accrual","customer_id":"u","points":5}"#, "idempotency_key_invalid"),
    (#"{"event_id":"e","type":"accrual","customer_id":"u","points":5}"#, "event_invalid"),
    (
      #"{"idempotency_key":"k","type":"accrual","customer_id":"u","points":5,"reason":"card 4111 1111 1111 1111"}"#,
      "card_data_refused"
    ),
    (#"{"idempotency_key":"k","type":"redemption","customer_id":"u","points":5}"#, "insufficient_points"),
    (#"["type"]"#, "invalid_json"),
  ])
  func whatDoesNotFitIsRefusedByName(_ body: String, _ code: String) async throws {
    try await LedgerWebFixture.with { fixture async throws in
      let answer = await fixture.process(body)
      #expect(answer.code == code)
      #expect([400, 404, 422].contains(answer.status))
      #expect(try await fixture.database.rows("SELECT 1 FROM loyalty_transactions").isEmpty)
    }
  }

  @Test func aConflictNamesTheVersionAndTheSameKeyMayTryAgain() async throws {
    try await LedgerWebFixture.with { fixture async throws in
      _ = await fixture.process(Self.earn)
      let spend =
        #"{"idempotency_key":"k2","type":"redemption","customer_id":"u-4711","points":5,"expected_version":0}"#
      let conflict = await fixture.process(spend)
      #expect(conflict.status == 409 && conflict.code == "version_conflict")
      #expect(conflict.json["balance_version"]?.integer == 1)
      #expect(conflict.response.headers["retry-after"] == "0")
      #expect(
        await fixture.process(spend.replacing("\"expected_version\":0", with: "\"expected_version\":1")).status == 201)
    }
  }

  @Test(arguments: Engine.available)
  func aBatchAnswersEachInOrder(_ engine: Engine) async throws {
    try await LedgerWebFixture.with(engine) { fixture in
      let batch = """
        {"transactions":[
          {"idempotency_key":"1","type":"accrual","customer_id":"a","points":10},
          {"idempotency_key":"2","type":"redemption","customer_id":"a","points":11},
          {"type":"accrual"},
          {"idempotency_key":"1","type":"accrual","customer_id":"a","points":10}]}
        """
      let answer = await fixture.post("/v1/ledger/transactions/batch", batch)
      #expect(answer.status == 200)
      let statuses = answer.json["results"]?.array?.map { $0["status"]?.integer }
      #expect(statuses == [201, 422, 422, 200])
      #expect(answer.json["applied"]?.integer == 1 && answer.json["refused"]?.integer == 2)
      #expect(answer.json["replayed"]?.integer == 1)
    }
  }

  /// What is no transaction keeps its place among the others, and the body is one of those that are not read on the loop.
  @Test func aLongBatchAnswersEachInOrder() async throws {
    try await LedgerWebFixture.with { fixture async throws in
      let count = 700
      let items = (0..<count).map { index in
        index.isMultiple(of: 7)
          ? #"{"idempotency_key":"\#(index)"}"#
          : #"{"idempotency_key":"\#(index)","type":"accrual","customer_id":"c\#(index % 10)","points":\#(index)}"#
      }
      let batch = #"{"transactions":[\#(items.joined(separator: ","))]}"#
      #expect(batch.utf8.count > 32 << 10)
      for status: Int64 in [201, 200] {
        let answer = await fixture.post("/v1/ledger/transactions/batch", batch)
        #expect(answer.status == 200 && answer.response.headers["content-type"] == "application/json")
        #expect(answer.json[status == 201 ? "applied" : "replayed"]?.integer == 600)
        #expect(answer.json["refused"]?.integer == 100)
        let results = try #require(answer.json["results"]?.array)
        #expect(results.count == count)
        for (index, result) in results.enumerated() {
          #expect(result["status"]?.integer == (index.isMultiple(of: 7) ? 422 : status))
          #expect(result["points"]?.integer == (index.isMultiple(of: 7) ? nil : Int64(index)))
        }
      }
    }
  }

  @Test func anAtomicBatchIsAllOrNothing() async throws {
    try await LedgerWebFixture.with { fixture async throws in
      let batch = """
        {"atomic":true,"transactions":[
          {"idempotency_key":"1","type":"accrual","customer_id":"a","points":10},
          {"idempotency_key":"2","type":"redemption","customer_id":"a","points":11}]}
        """
      let refused = await fixture.post("/v1/ledger/transactions/batch", batch)
      #expect(refused.status == 409 && refused.code == "batch_refused")
      #expect(refused.json["index"]?.integer == 1)
      #expect(refused.json["result"]?["code"] == "insufficient_points")
      #expect(await fixture.lookUp(#"{"customer_id":"a"}"#).json["balance"]?.integer == 0)
      let taken = await fixture.post(
        "/v1/ledger/transactions/batch", batch.replacing("\"points\":11", with: "\"points\":9"))
      #expect(taken.status == 200 && taken.json["applied"]?.integer == 2)
    }
  }

  @Test(arguments: [#"{}"#, #"{"transactions":[]}"#, #"{"transactions":{}}"#])
  func whatIsNoBatchIsRefused(_ body: String) async throws {
    try await LedgerWebFixture.with { fixture async throws in
      #expect(await fixture.post("/v1/ledger/transactions/batch", body).code == "batch_invalid")
    }
  }

  // MARK: - The database away (guide 3, section 2 and edge case 2)

  @Test func aBalanceThatIsKnownIsStaleWhenTheDatabaseIsAway() async throws {
    try await LedgerWebFixture.with { fixture async throws in
      _ = await fixture.process(Self.earn)
      #expect(await fixture.lookUp(#"{"customer_id":"u-4711"}"#).json["freshness"] == "cached")
      fixture.time.advance(by: .seconds(2))
      #expect(await fixture.lookUp(#"{"customer_id":"u-4711"}"#).json["freshness"] == "live")
      fixture.database.isAway = true
      fixture.time.advance(by: .seconds(60))
      let stale = await fixture.lookUp(#"{"customer_id":"u-4711"}"#)
      #expect(stale.status == 200)
      #expect(stale.json["freshness"] == "stale" && stale.json["balance"]?.integer == 250)
      #expect(stale.json["as_of"] == "2026-11-21T12:00:02.000Z")
      let unknown = await fixture.lookUp(#"{"customer_id":"somebody"}"#)
      #expect(unknown.status == 503 && unknown.code == "ledger_unavailable")
      #expect(unknown.response.headers["retry-after"] != nil)
      // It is good for reading out, never for spending.
      let spend = await fixture.process(
        #"{"idempotency_key":"k2","type":"redemption","customer_id":"u-4711","points":5}"#)
      #expect(spend.status == 503 && spend.response.headers["retry-after"] != nil)
    }
  }

  @Test func afterFiveFailuresTheDatabaseIsLeftAloneForFifteenSeconds() async throws {
    try await LedgerWebFixture.with { fixture async throws in
      fixture.database.isAway = true
      for _ in 0..<5 { #expect(await fixture.process(Self.earn).status == 503) }
      let asked = fixture.database.askedCount
      let refused = await fixture.process(Self.earn)
      #expect(refused.status == 503 && refused.response.headers["retry-after"] == "15")
      #expect(fixture.database.askedCount == asked)
      fixture.database.isAway = false
      fixture.time.advance(by: .seconds(15))
      #expect(await fixture.process(Self.earn).status == 201)
      #expect(fixture.log.list == ["open", "half_open", "closed"])
    }
  }

  // MARK: - History

  @Test(arguments: Engine.available)
  func theHistoryIsPagedAndKnowsThePast(_ engine: Engine) async throws {
    try await LedgerWebFixture.with(engine) { fixture in
      var account = ""
      for number in 1...600 {
        let body = #"{"idempotency_key":"\#(number)","type":"accrual","customer_id":"u","points":\#(number)}"#
        account = await fixture.process(body).json["account_id"]?.string ?? ""
        fixture.time.advance(by: .seconds(1))
      }
      var seen: [Int64] = []
      var cursor: String?
      repeat {
        let page = await fixture.get(
          "/v1/ledger/accounts/\(account)/transactions?limit=250" + (cursor.map { "&cursor=\($0)" } ?? "")
        ).json
        seen += page["transactions"]?.array?.compactMap { $0["points"]?.integer } ?? []
        cursor = page["next_cursor"]?.string
      } while cursor != nil
      #expect(seen == (1...600).reversed())
      for (seconds, version) in [(0, 1), (9, 10), (254, 255), (255, 256), (256, 257), (511, 512), (598, 599)] {
        let moment = Timestamp("2026-11-21T12:00:00Z")! + .seconds(seconds)
        let past = await fixture.get("/v1/ledger/accounts/\(account)?at=\(moment)").json
        #expect(past["balance_version"]?.integer == Int64(version))
        #expect(past["balance"]?.integer == Int64(version * (version + 1) / 2))
      }
      let before = await fixture.get("/v1/ledger/accounts/\(account)?at=2026-11-21T11:59:59Z").json
      #expect(before["balance"]?.integer == 0 && before["balance_version"]?.integer == 0)
    }
  }

  @Test func aStatementIsCSVThatNoSpreadsheetRuns() async throws {
    try await LedgerWebFixture.with { fixture async throws in
      let body =
        #"{"idempotency_key":"1","type":"accrual","customer_id":"u","points":5,"reason":"=1+\"2\"","reference":"a,b"}"#
      let account = await fixture.process(body).json["account_id"]?.string ?? ""
      fixture.time.advance(by: .seconds(5))
      let answer = await fixture.get("/v1/ledger/accounts/\(account)/statement?from=2026-11-21")
      #expect(answer.response.headers["content-type"]?.hasPrefix("text/csv") == true)
      let lines = String(decoding: answer.response.body, as: UTF8.self).split(separator: "\r\n")
      #expect(lines.count == 2)
      #expect(lines[1].hasSuffix(#",accrual,5,5,5,5,0,1,"'=1+""2""","a,b""#))
    }
  }

  @Test(arguments: [
    ("acc_000000Z8SVNT1B54FBSV", 404, "account_not_found"), ("nonsense", 404, "account_not_found"),
    ("{account}/transactions?cursor=x", 422, "cursor_invalid"),
    ("{account}/transactions?cursor=txn_00000001V7WEW9CZ1VH7", 422, "cursor_invalid"),
    ("{account}/transactions?limit=0", 422, "cursor_invalid"), ("{account}?at=then", 422, "time_invalid"),
  ])
  func whatCannotBeFoundIsSaid(_ path: String, _ status: Int, _ code: String) async throws {
    try await LedgerWebFixture.with { fixture async throws in
      let account = await fixture.process(Self.earn).json["account_id"]?.string ?? ""
      let answer = await fixture.get("/v1/ledger/accounts/" + path.replacing("{account}", with: account))
      #expect(answer.status == status && answer.code == code)
    }
  }
}
