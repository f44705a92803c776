import Core
import DatabaseTesting
import Foundation
import HTTPMessages
import HTTPServer
import Storage
import Testing

@testable import Loyalty

struct PortalRoutesTests {
  @Test(arguments: Engine.available)
  func theAccountSaysWhereTheCustomerStands(_ engine: Engine) async throws {
    try await RewardsFixture.with(engine) { fixture in
      let token = try await fixture.session("anna", [.init("locale", "de-AT")])
      let none = await fixture.send(.get, "/v1/portal/account", token: token).json
      #expect(none["balance"]?.integer == 0 && none["balance_version"]?.integer == 0)
      try await fixture.earn(1_500)
      let account = await fixture.send(.get, "/v1/portal/account", token: token).json
      #expect(account["available"]?.integer == 1_500 && account["tier"]?.string == "member")
      #expect(account["tier_name"]?.string == "Mitglied")
      #expect(
        account["next_tier"] == [
          "tier": "silver", "name": "Silber", "points_to_go": 1_000, "progress": .number("0.600"),
        ])
      #expect(account["session_expires_at"]?.string == "2026-11-21T12:15:00.000Z")
      try await fixture.earn(1_000)
      let above = await fixture.send(.get, "/v1/portal/account", token: token).json
      #expect(above["tier_name"]?.string == "Silber" && above["next_tier"]?["tier"]?.string == "gold")
    }
  }

  @Test(arguments: Engine.available)
  func theCatalogueSaysWhyNot(_ engine: Engine) async throws {
    try await RewardsFixture.with(engine) { fixture in
      let ends: [(String, [JSONValue.Member], String?)] = [
        ("RWD-A", [], nil), ("RWD-B", [.init("point_cost", 201)], "insufficient_points"),
        ("RWD-C", [.init("tier", "silver")], "tier_too_low"), ("RWD-D", [.init("stock", 0)], "out_of_stock"),
        ("RWD-E", [.init("available_from", "2026-12-01T00:00:00Z")], "not_yet"),
        ("RWD-F", [.init("available_until", "2026-11-21T11:00:00Z")], "over"),
      ]
      for (id, change, _) in ends { try await fixture.addReward(id, with: change) }
      try await fixture.addReward("RWD-G", with: [.init("active", false)])
      try await fixture.addReward("RWD-H", with: [.init("available_until", "2026-11-01T00:00:00Z")])
      try await fixture.addReward("RWD-I", codes: ["A-1"], with: [.init("limit_per_customer", 1)])
      try await fixture.earn(300)
      let token = try await fixture.session()
      #expect(await fixture.redeem(token, "RWD-I", key: "k1").status == 201)
      fixture.time.advance(by: .seconds(2))
      // What the browser claims to have changes nothing.
      let answer = await fixture.send(.get, "/v1/portal/catalog?tier=gold&balance=999999", token: token)
      let rewards = answer.json["rewards"]?.array ?? []
      let found = Dictionary(uniqueKeysWithValues: rewards.map { ($0["reward_id"]?.string ?? "", $0) })
      #expect(Set(found.keys) == Set(ends.map(\.0) + ["RWD-I"]))
      for (id, _, why) in ends {
        #expect(found[id]?["why_not"]?.string == why, "\(id)")
        #expect(found[id]?["redeemable"]?.bool == (why == nil), "\(id)")
      }
      // The only code is gone, too.
      #expect(found["RWD-I"]?["stock_level"]?.string == "out" && found["RWD-I"]?["limit_left"]?.integer == 0)
      #expect(answer.json["balance_version"]?.integer == 2)
    }
  }

  @Test func whoHasNoAddressIsNotOfferedMail() async throws {
    try await RewardsFixture.with { fixture in
      try await fixture.addReward("RWD-1")
      try await fixture.addReward(
        "RWD-2", codes: ["A-1"], with: [.init("fulfillment", ["methods": ["email", "code"]])])
      try await fixture.earn(200)
      let token = try await fixture.session("anna", [.init("email", nil)])
      let rewards = await fixture.send(.get, "/v1/portal/catalog", token: token).json["rewards"]?.array ?? []
      #expect(rewards.map { $0["reward_id"]?.string } == ["RWD-2"])
      #expect(rewards[0]["fulfillment_methods"] == ["code"])
      #expect(await fixture.redeem(token, "RWD-1", by: "email", key: "k1").code == "fulfillment_method_unknown")
    }
  }

  /// Text is text: nothing is cut or escaped for somebody's HTML, and JSON keeps it in one piece.
  @Test func aTextWithMarkupComesAsItIs() async throws {
    try await RewardsFixture.with { fixture in
      let text = "</script><img src=x onerror=\"alert(1)\"> & 'more' \u{2028}"
      try await fixture.addReward(
        codes: ["A-1"], with: [.init("title", ["en": .string(text)]), .init("description", ["en": .string(text)])])
      try await fixture.earn(100)
      let token = try await fixture.session()
      let answer = await fixture.send(.get, "/v1/portal/catalog", token: token)
      #expect(answer.json["rewards"]?[0]?["title"]?.string == text)
      #expect(answer.json["rewards"]?[0]?["description"]?.string == text)
      #expect(answer.response.headers["content-type"] == "application/json")
      #expect(await fixture.redeem(token, key: "k1").json["title"]?.string == text)
    }
  }

  @Test(arguments: Engine.available)
  func theHistoryAddsUpAndComesInPages(_ engine: Engine) async throws {
    try await RewardsFixture.with(engine) { fixture in
      try await fixture.addReward("RWD-1", with: [.init("fulfillment", ["methods": ["email"]])])
      for _ in 0..<24 { try await fixture.earn(10) }
      let token = try await fixture.session()
      let receipt = try #require(
        await fixture.redeem(token, by: "email", key: "k1").json["receipt_id"]?.string)
      _ = try await fixture.rewards.mailReward.attempt(receipt, byHand: false) {}
      var rows: [JSONValue] = []
      var cursor: String?
      repeat {
        let page = await fixture.send(
          .get, "/v1/portal/history" + (cursor.map { "?cursor=\($0)" } ?? ""), token: token
        ).json
        rows += page["history"]?.array ?? []
        cursor = page["next_cursor"]?.string
      } while cursor != nil
      #expect(rows.count == 26)
      #expect(rows.prefix(2).map { $0["type"]?.string } == ["capture", "hold"])
      #expect(rows[1]["reason"]?.string == "Coffee")
      #expect(rows.reduce(0) { $0 + ($1["points"]?.integer ?? 0) } == 140)
      let bad = await fixture.send(.get, "/v1/portal/history?cursor=txn_1", token: token)
      #expect(bad.code == "cursor_invalid")
    }
  }

  @Test(arguments: Engine.available)
  func theReceiptsComeInPagesAndAreOnesOwn(_ engine: Engine) async throws {
    try await RewardsFixture.with(engine) { fixture in
      try await fixture.addReward(codes: (0..<30).map { "A-\($0)" })
      try await fixture.earn(2_500)
      try await fixture.earn(100, "bert")
      var ids: [String] = []
      for place in 0..<25 {
        fixture.time.advance(by: .seconds(4))
        let token = try await fixture.session()
        ids.append(try #require(await fixture.redeem(token, key: "k-\(place)").json["receipt_id"]?.string))
      }
      let bert = try await fixture.session("bert")
      #expect(await fixture.redeem(bert, key: "k-1").status == 201)
      let token = try await fixture.session("anna", [.init("locale", "de")])
      let first = await fixture.send(.get, "/v1/portal/receipts", token: token).json
      let cursor = try #require(first["next_cursor"]?.string)
      let second = await fixture.send(.get, "/v1/portal/receipts?cursor=\(cursor)", token: token).json
      let rows = (first["receipts"]?.array ?? []) + (second["receipts"]?.array ?? [])
      #expect(rows.compactMap { $0["receipt_id"]?.string } == ids.reversed())
      #expect(second["next_cursor"]?.isNull == true)
      let code = try #require(rows[0]["code"]?.string)
      #expect(rows[0]["message"]?.string == "Ihr Code für Kaffee: \(code)")
      #expect(await fixture.send(.get, "/v1/portal/receipts", token: bert).json["receipts"]?.array?.count == 1)
    }
  }

  @Test func theCustomerReadsTheOwnLanguage() async throws {
    try await RewardsFixture.with { fixture in
      try await fixture.addReward(codes: ["A-1"], with: [.init("tier", "silver")])
      try await fixture.earn(100)
      let token = try await fixture.session("anna", [.init("locale", "de")])
      let answer = await fixture.redeem(token, key: "k1")
      #expect(answer.json["detail"]?.string == "Diese Prämie ist für Mitglieder ab Silber.")
      let other = try await fixture.session()
      let body: JSONValue = [
        "reward_id": "RWD-1", "point_cost": 100, "fulfillment_method": "code", "idempotency_key": "k2",
      ]
      let asked = await fixture.send(
        .post, "/v1/portal/redeem", body, token: other, headers: ["accept-language": "de-CH, en;q=0.5"])
      #expect(asked.json["detail"]?.string == "Diese Prämie ist für Mitglieder ab Silber.")
    }
  }

  // MARK: - Pages elsewhere

  private static let paths = ["account", "catalog", "redeem", "receipts", "history"].map { "/v1/portal/\($0)" }

  @Test(arguments: paths)
  func onlyConfiguredOriginsAreLetIn(_ path: String) async throws {
    try await RewardsFixture.with { fixture in
      for (origin, isAllowed) in [
        ("https://shop.example", true), ("https://evil.example", false), ("null", false),
        ("https://shop.example.evil.example", false), ("http://shop.example", false),
      ] {
        let asked = await fixture.send(
          .options, path,
          headers: [
            "origin": origin, "access-control-request-method": path.hasSuffix("redeem") ? "POST" : "GET",
            "access-control-request-headers": "authorization",
          ])
        #expect(asked.status == 204)
        let headers = asked.response.headers
        #expect(headers["access-control-allow-origin"] == (isAllowed ? origin : nil), "\(origin)")
        #expect(headers["access-control-allow-methods"] == (path.hasSuffix("redeem") ? "POST" : "GET"))
        #expect(headers["access-control-allow-headers"]?.contains("Authorization") == true)
        #expect(headers["access-control-allow-credentials"] == nil)
        #expect(headers.all("vary").contains("origin"))
        // What goes wrong can be read by the page, too.
        let method = path.hasSuffix("redeem") ? Method.post : .get
        let refused = await fixture.send(method, path, headers: ["origin": origin])
        #expect(refused.status == 401)
        #expect(refused.response.headers["access-control-allow-origin"] == (isAllowed ? origin : nil))
      }
      #expect(await fixture.send(.options, path).response.headers["access-control-allow-origin"] == nil)
    }
  }

  @Test func theSessionsAreNoAffairOfPages() async throws {
    try await RewardsFixture.with { fixture in
      let answer = await fixture.send(.options, "/v1/portal/sessions", headers: ["origin": "https://shop.example"])
      #expect(answer.response.headers["access-control-allow-origin"] == nil)
    }
  }

  @Test func theWidgetIsServedToAnyPage() async throws {
    try await RewardsFixture.with { fixture in
      let path = "/loyalty-widget/v1/bundle.min.js"
      let answer = await fixture.send(.get, path)
      #expect(answer.status == 200 && answer.response.headers["access-control-allow-origin"] == "*")
      #expect(answer.response.headers["content-type"] == "text/javascript; charset=utf-8")
      #expect(answer.response.headers["cache-control"] == "public, no-cache")
      let tag = try #require(answer.response.headers["etag"])
      let known = await fixture.send(.get, path, headers: ["if-none-match": "W/\"x\", \(tag)"])
      #expect(known.status == 304 && known.response.body.isEmpty)
      let named = await fixture.send(.get, "\(path)?v=\(WidgetRoutes.version)")
      #expect(named.response.headers["cache-control"] == "public, max-age=31536000, immutable")
      #expect(await fixture.send(.get, "\(path)?v=0").response.headers["cache-control"] == "public, no-cache")
      let sample = await fixture.send(.get, "/dev/portal?customer=anna")
      #expect(sample.status == 303)
      let place = try #require(sample.response.headers["location"])
      #expect(await fixture.send(.get, place).response.headers["content-type"] == "text/html; charset=utf-8")
    }
  }

  /// `scripts/widget-assets` puts them there.
  @Test(arguments: [
    ("dist/bundle.min.js", WidgetAssets.bundle), ("sample.html", WidgetAssets.samplePage),
    ("sample.css", WidgetAssets.sampleStyle), ("sample.js", WidgetAssets.sampleScript),
  ])
  func theProgramHasTheWidgetOfTheSources(_ file: String, _ compiledIn: [UInt8]) throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    let source = try Data(contentsOf: root.appending(path: "web/portal/\(file)"))
    #expect(Array(source) == compiledIn, "run scripts/widget-assets")
  }
}
