import Core
import FoundationEssentials
import Loyalty
import Storage
import Telemetry

extension Verb {
  static let rewardsList = Verb(
    name: "rewards list", summary: "List the catalogue, the cheap ones first.", options: configurationOptions
  ) { invocation in
    try await withCatalogue(invocation) { catalogue, database in
      let terminal = invocation.terminal
      let all = try await database.read { try catalogue.list(in: $0) }
      var table = Table(("ID", 20), ("TITLE", 40), ("POINTS", 10), ("STOCK", 10), ("CODES", 10), ("ACTIVE", 6))
      for listing in all {
        terminal.record(listing.json)
        let reward = listing.reward
        table.rows.append([
          reward.id, reward.title.text(for: nil) ?? "", "\(reward.pointCost)", reward.stock.map { "\($0)" } ?? "-",
          listing.codesLeft.map { "\($0)" } ?? "-", reward.isActive ? "yes" : "no",
        ])
      }
      if all.isEmpty { terminal.say("There are no rewards.") } else { table.lines.forEach { terminal.say($0) } }
      return .success
    }
  }

  static let rewardsShow = Verb(
    name: "rewards show", summary: "Show a reward, as the API writes it.", arguments: ["ID"],
    options: configurationOptions
  ) { invocation in
    try await withCatalogue(invocation) { catalogue, database in
      let id = invocation.arguments[0]
      return show(try await database.read { try catalogue.show(id, in: $0) }, on: invocation.terminal)
    }
  }

  static let rewardsAdd = Verb(
    name: "rewards add", summary: "Put a reward into the catalogue.", arguments: ["ID"],
    options: configurationOptions + [
      Option(name: "stock", value: "N", summary: "How many there are (default: no limit).")
    ] + memberOptions
  ) { invocation in
    try await withCatalogue(invocation) { catalogue, database in
      var members = try members(invocation)
      members.append(.init("reward_id", .string(invocation.arguments[0])))
      if let stock = try invocation.number("stock", 0...Int.max) { members.append(.init("stock", .integer(stock))) }
      let value = JSONValue.object(members)
      return show(
        try await database.write { try catalogue.add(try Reward(json: value), in: $0) }, on: invocation.terminal)
    }
  }

  static let rewardsEdit = Verb(
    name: "rewards edit", summary: "Change a reward.",
    details:
      "What is not given stays as it is. A text takes the place of that of its language; an empty value takes away.",
    arguments: ["ID"],
    options: configurationOptions + memberOptions + [
      Option(name: "active", value: "YES|NO", summary: "Whether customers see it.")
    ]
  ) { invocation in
    try await withCatalogue(invocation) { catalogue, database in
      let id = invocation.arguments[0]
      var members = try members(invocation)
      if let text = invocation.value("active") {
        guard ["yes", "no"].contains(text) else { throw CommandFailure(.usage, "--active is yes or no.") }
        members.append(.init("active", .bool(text == "yes")))
      }
      let changes = members
      let listing = try await database.write { connection in
        try catalogue.edit(id, in: connection) { reward in
          try reward.change(by: .object(changes.map { $0.merged(with: reward) }))
        }
      }
      return show(listing, on: invocation.terminal)
    }
  }

  static let rewardsStock = Verb(
    name: "rewards stock", summary: "Add to the stock of a reward, or set it.", arguments: ["ID"],
    options: configurationOptions + [
      Option(name: "add", value: "N", summary: "So many more; below zero takes away."),
      Option(name: "to", value: "N|none", summary: "So many in all, or no limit."),
    ]
  ) { invocation in
    try await withCatalogue(invocation) { catalogue, database in
      let id = invocation.arguments[0]
      let change: RewardCatalogue.StockChange
      switch (invocation.value("add"), invocation.value("to")) {
      case (let text?, nil):
        guard let number = Int64(text) else { throw CommandFailure(.usage, "--add \"\(text)\" is no whole number.") }
        change = .add(number)
      case (nil, "none"?): change = .set(nil)
      case (nil, let text?):
        guard let number = Int64(text) else { throw CommandFailure(.usage, "--to \"\(text)\" is no whole number.") }
        change = .set(number)
      default: throw CommandFailure(.usage, "Give --add N or --to N, and not both.")
      }
      return show(
        try await database.write { try catalogue.changeStock(id, change, in: $0) }, on: invocation.terminal)
    }
  }

  static let rewardsCodes = Verb(
    name: "rewards codes", summary: "Fill the pool of codes of a reward from a file, one a line.",
    details:
      "Codes that the pool has or had are left out, so that a file may be given again. FILE - is the standard input.",
    arguments: ["ID", "FILE"], options: configurationOptions
  ) { invocation in
    try await withCatalogue(invocation) { catalogue, database in
      let (id, path) = (invocation.arguments[0], invocation.arguments[1])
      let source = path == "-" ? "/dev/stdin" : path
      guard let data = FileManager.default.contents(atPath: source) else {
        throw CommandFailure(.failure, "The file \(path) cannot be read.")
      }
      let codes = String(decoding: data, as: UTF8.self).split(whereSeparator: \.isNewline)
        .map { String($0[...].trimmed) }.filter { !$0.isEmpty }
      var added = 0
      for start in stride(from: 0, to: codes.count, by: RewardCatalogue.mostCodes) {
        let part = Array(codes[start..<min(start + RewardCatalogue.mostCodes, codes.count)])
        added += try await database.write { try catalogue.addCodes(part, to: id, in: $0) }
      }
      let left = try await database.read { try catalogue.show(id, in: $0).codesLeft } ?? 0
      invocation.terminal.say("\(added) new codes, \(codes.count - added) known before; \(left) are left to give.")
      invocation.terminal.record([
        "reward_id": .string(id), "added": .integer(added), "known": .integer(codes.count - added),
        "codes_left": .integer(left),
      ])
      return .success
    }
  }

  private static let memberOptions = [
    Option(name: "title", value: "LANGUAGE=TEXT", summary: "Such as en=\"Coffee for two\".", repeats: true),
    Option(name: "description", value: "LANGUAGE=TEXT", summary: "The same.", repeats: true),
    Option(name: "points", value: "N", summary: "What it costs."),
    Option(name: "tier", value: "ID", summary: "The least tier that may have it."),
    Option(name: "from", value: "TIME", summary: "When it begins: 2026-12-01T00:00:00Z."),
    Option(name: "until", value: "TIME", summary: "When it ends."),
    Option(name: "limit", value: "N", summary: "How many a customer may have."),
    Option(name: "image", value: "URL", summary: "Its picture: https://… or a path of the page."),
    Option(name: "method", value: "METHOD", summary: "How it comes: email, webhook or code.", repeats: true),
    Option(name: "webhook", value: "URL", summary: "What the method webhook calls."),
  ]

  /// The options as members of a reward.
  private static func members(_ invocation: Invocation) throws -> [JSONValue.Member] {
    var members: [JSONValue.Member] = []
    for name in ["title", "description"] where !invocation.values(name).isEmpty {
      let texts = try invocation.values(name).map { pair in
        let parts = pair.split(separator: "=", maxSplits: 1).map(String.init)
        guard parts.count == 2 else { throw CommandFailure(.usage, "--\(name) \"\(pair)\" is not LANGUAGE=TEXT.") }
        return JSONValue.Member(parts[0], .string(parts[1]))
      }
      members.append(.init(name, .object(texts)))
    }
    for (option, name) in [("points", "point_cost"), ("limit", "limit_per_customer")] {
      guard let text = invocation.value(option) else { continue }
      guard text.isEmpty || Int64(text) != nil else {
        throw CommandFailure(.usage, "--\(option) \"\(text)\" is no whole number.")
      }
      members.append(.init(name, text.isEmpty ? .null : .number(text)))
    }
    for (option, name) in [
      ("tier", "tier"), ("from", "available_from"), ("until", "available_until"), ("image", "image_url"),
    ] {
      guard let text = invocation.value(option) else { continue }
      members.append(.init(name, text.isEmpty ? .null : .string(text)))
    }
    var fulfilment: [JSONValue.Member] = []
    let methods = invocation.values("method")
    if !methods.isEmpty { fulfilment.append(.init("methods", .array(methods.map { .string($0) }))) }
    if let url = invocation.value("webhook") {
      fulfilment.append(.init("webhook_url", url.isEmpty ? .null : .string(url)))
    }
    if !fulfilment.isEmpty { members.append(.init("fulfillment", .object(fulfilment))) }
    return members
  }

  private static func show(_ listing: RewardCatalogue.Listing, on terminal: Terminal) -> ExitCode {
    terminal.record(listing.json)
    for member in listing.json.members ?? [] {
      terminal.say("\(member.name.padding(to: 20))\(member.value.string ?? member.value.text)")
    }
    return .success
  }

  private static func withCatalogue(
    _ invocation: Invocation, _ body: (RewardCatalogue, any Database) async throws -> ExitCode
  ) async throws -> ExitCode {
    let platform = try await Platform.open(try LoadedConfiguration.load(invocation).configuration, logger: .none)
    do {
      try await platform.migrate()
      let catalogue = RewardCatalogue(
        sealer: platform.sealer, hashKey: platform.hashKey, time: platform.time, random: platform.random)
      let code = try await body(catalogue, platform.database)
      await platform.close()
      return code
    } catch let refusal as RewardCatalogue.Refusal {
      await platform.close()
      throw CommandFailure(refusal)
    } catch let flaw as RewardFlaw {
      await platform.close()
      throw CommandFailure(.flawed(flaw))
    } catch {
      await platform.close()
      throw error
    }
  }
}

extension JSONValue.Member {
  /// A text in one language leaves those in others.
  fileprivate func merged(with reward: Reward) -> JSONValue.Member {
    guard name == "title" || name == "description" else { return self }
    let before = (name == "title" ? reward.title : reward.description).json.members ?? []
    let new = value.members ?? []
    return .init(name, .object(before.filter { old in !new.contains { $0.name == old.name } } + new))
  }
}

extension CommandFailure {
  fileprivate init(_ refusal: RewardCatalogue.Refusal) {
    switch refusal {
    case .exists: self.init(.conflict, "There is such a reward already.", "`ringback rewards edit` changes it.")
    case .notFound: self.init(.failure, "There is no such reward.", "`ringback rewards list` lists them.")
    case .flawed(let flaw): self.init(.usage, "\(flaw.member): \(flaw.sentence)")
    }
  }
}
