import Core
import DatabaseTesting
import HTTPClient
import HTTPMessages
import HTTPServer
import Jobs
import Testing

@testable import Events

@Suite struct TailTests {
  private func text(_ part: [UInt8]?) -> String? { part.map { String(decoding: $0, as: UTF8.self) } }

  @Test(arguments: Engine.available)
  func whatThisProcessPutsInComesAtOnce(_ engine: Engine) async throws {
    try await Bench.with(engine) { bench in
      try await bench.append(subject: "before")
      try await bench.tailing {
        let stream = try await bench.feature.tail.follow(after: nil, types: [])
        #expect(text(try await stream.next()) == "retry: 2000\n\n")
        let id = try await bench.append(subject: "now")
        // Time stands still: nothing but the wake-up after the commit can bring it.
        let part = try #require(text(try await stream.next()))
        #expect(part.hasPrefix("id: 2\nevent: return.requested\ndata: {\"specversion\":\"1.0\",\"id\":\"\(id)\""))
        #expect(part.hasSuffix("}\n\n"))
      }
    }
  }

  @Test(arguments: Engine.available)
  func whatAnotherProcessPutsInComesWithinASecond(_ engine: Engine) async throws {
    try await Bench.with(engine) { bench in
      try await bench.tailing {
        let stream = try await bench.feature.tail.follow(after: nil, types: [])
        _ = try await stream.next()
        try await bench.eventually { bench.time.sleeperCount > 0 }
        try await bench.append(subject: "elsewhere", by: bench.otherProcess(on: bench.database))
        let part = Task { text(try await stream.next()) }
        try await bench.eventually { bench.time.sleeperCount > 0 }
        bench.time.advance(by: .seconds(1))
        #expect(try await part.value?.contains("elsewhere") == true)
      }
    }
  }

  @Test func aSilentStreamHasHeartbeats() async throws {
    try await Bench.with { bench in
      try await bench.tailing {
        let stream = try await bench.feature.tail.follow(after: nil, types: [])
        _ = try await stream.next()
        let part = Task { text(try await stream.next()) }
        for _ in 0..<15 {
          try await bench.eventually { bench.time.sleeperCount > 0 }
          bench.time.advance(by: .seconds(1))
        }
        #expect(try await part.value == ":\n\n")
      }
    }
  }

  @Test func aReaderThatIsBehindGetsABoundedPartAtATime() async throws {
    try await Bench.with { bench in
      for index in 0..<250 { try await bench.append(subject: "\(index)") }
      try await bench.tailing {
        let stream = try await bench.feature.tail.follow(after: 0, types: [])
        _ = try await stream.next()
        var counts: [Int] = []
        for _ in 0..<3 {
          let part = try #require(text(try await stream.next()))
          counts.append(part.split(separator: "\n\n").count)
        }
        #expect(counts == [100, 100, 50])
      }
    }
  }

  @Test func noMoreFollowThanMay() async throws {
    try await Bench.with(configure: { configuration, _ in configuration.maximumStreams = 1 }) { bench in
      let tail = bench.feature.tail
      do {
        let first = try await tail.follow(after: nil, types: [])
        let refused = await #expect(throws: Problem.self) { try await tail.follow(after: nil, types: []) }
        #expect(refused?.code == "too_many_streams")
        #expect(tail.streamCount == 1)
        withExtendedLifetime(first) {}
      }
      #expect(tail.streamCount == 0)
      _ = try await tail.follow(after: nil, types: [])
    }
  }

  @Test func closingEndsEveryStream() async throws {
    try await Bench.with { bench in
      try await bench.tailing {
        let stream = try await bench.feature.tail.follow(after: nil, types: [])
        _ = try await stream.next()
        let part = Task { try await stream.next() }
        bench.feature.tail.close()
        #expect(try await part.value == nil)
        let refused = await #expect(throws: Problem.self) {
          try await bench.feature.tail.follow(after: nil, types: [])
        }
        #expect(refused?.code == "stopping")
      }
    }
  }

  // MARK: - Over HTTP

  private func follow(
    _ url: String, _ bench: Bench, _ received: Received, headers: Headers = [:]
  ) -> Task<IncomingResponse, any Error> {
    var request = OutgoingRequest(.get, url, headers: headers, timeout: .seconds(60))
    request.headers["accept"] = "text/event-stream"
    request.receive = { received.take($0) }
    return Task { [request] in try await bench.http.send(request) }
  }

  @Test(arguments: Engine.available)
  func aReaderThatComesAgainGoesOnWhereItWas(_ engine: Engine) async throws {
    try await Bench.with(engine) { bench in
      try await bench.serving { server in
        let url = server.url + "/v1/events?types=return.*"
        let (first, second) = (Received(), Received())
        let call = follow(url + "&after=0", bench, first)
        for index in 1...3 { try await bench.append(subject: "\(index)") }
        try await bench.append("order.shipped", subject: "other")
        try await bench.eventually { first.events.count == 3 }
        call.cancel()
        _ = try? await call.value
        try await bench.eventually { bench.feature.tail.streamCount == 0 }
        for index in 4...6 { try await bench.append(subject: "\(index)") }
        let last = try #require(first.events.last?.id)
        // The header weighs more than the URL, which still says where the first began.
        let again = follow(url + "&after=0", bench, second, headers: ["last-event-id": last])
        try await bench.eventually { second.events.count == 3 }
        let subjects = try (first.events + second.events).map { try JSONValue(parsing: $0.data)["subject"]?.string }
        #expect(subjects == ["1", "2", "3", "4", "5", "6"])
        #expect(second.events.allSatisfy { $0.type == "return.requested" })
        bench.feature.tail.close()
        // A clean end: the last chunk.
        #expect(try await again.value.status == 200)
      }
    }
  }

  @Test func withoutAskingForAStreamItIsAPage() async throws {
    try await Bench.with { bench in
      try await bench.serving { server in
        for index in 1...3 { try await bench.append(subject: "\(index)") }
        let answer = try await bench.http.send(OutgoingRequest(.get, server.url + "/v1/events?limit=2"))
        #expect(answer.headers["content-type"] == "application/json")
        let page = try JSONValue(parsing: answer.body)
        #expect(page["events"]?.array?.compactMap { $0["subject"]?.string } == ["1", "2"])
        let next = try #require(page["next"]?.string)
        let rest = try await bench.http.send(OutgoingRequest(.get, server.url + "/v1/events?after=\(next)"))
        #expect(try JSONValue(parsing: rest.body)["events"]?.array?.count == 1)
      }
    }
  }

  @Test(arguments: [
    "after=abc", "after=-1", "types=", "types=a,,b", "types=Return", "limit=0", "limit=1001", "limit=x", "types=%FF",
    "types=" + Array(repeating: "a.b", count: 21).joined(separator: ","),
  ])
  func queriesThatAreRefused(_ query: String) async throws {
    try await Bench.with { bench in
      try await bench.serving { server in
        let answer = try await bench.http.send(OutgoingRequest(.get, server.url + "/v1/events?" + query))
        #expect(answer.status == 400)
        #expect(try JSONValue(parsing: answer.body)["code"]?.string == "events_query_invalid")
      }
    }
  }

  @Test func theReaderTakesTheTextInAnyPieces() {
    let text = "retry: 2000\r\n\r\nid: 7\nevent: a.b\ndata: {\"x\":1}\ndata:2\n\n:\n\ndata: y\n\nid: 8\n"
    for size in 1...7 {
      var reader = ServerSentEventReader()
      let bytes = Array(text.utf8)
      let events = stride(from: 0, to: bytes.count, by: size).flatMap {
        reader.read(Array(bytes[$0..<min($0 + size, bytes.count)]))
      }
      #expect(
        events == [
          .init(id: "7", type: "a.b", data: "{\"x\":1}\n2"), .init(id: "7", type: "message", data: "y"),
        ])
    }
  }
}
