import Core
import HTTPClient
import HTTPMessages
import Synchronization
import Testing

/// Answers by what a test says, and remembers what was asked.
final class ScriptedRequests: HTTPRequesting {
  typealias Script = @Sendable (Int, OutgoingRequest) async -> Result<IncomingResponse, HTTPClientError>

  private let script: Script
  private let received: Mutex<[OutgoingRequest]> = Mutex([])

  /// - Parameter script: given the number of the request, from 1.
  init(_ script: @escaping Script) {
    self.script = script
  }

  var requests: [OutgoingRequest] { received.withLock { $0 } }

  func send(_ request: OutgoingRequest) async throws(HTTPClientError) -> IncomingResponse {
    let number = received.withLock { received in
      received.append(request)
      return received.count
    }
    return try await script(number, request).get()
  }
}

func answer(_ status: Int = 200, _ body: String = "{}", _ headers: Headers = [:]) -> Result<
  IncomingResponse, HTTPClientError
> {
  .success(IncomingResponse(status: status, headers: headers, body: Array(body.utf8)))
}

/// Collects what an observer is told.
final class Collector<Element: Sendable>: Sendable {
  private let list: Mutex<[Element]> = Mutex([])
  var all: [Element] { list.withLock { $0 } }
  func add(_ element: Element) { list.withLock { $0.append(element) } }
}

@Suite struct RetryingUnsentTests {
  @Test(arguments: [
    (["not", "ok"], 2, true), (["not", "not", "ok"], 2, false), (["ok"], 1, true), (["late"], 1, false),
    (["broken"], 1, false), (["not", "broken"], 2, false), (["refused"], 1, false),
  ])
  func triesOnceMoreWhenNothingWasSent(script: [String], requests: Int, succeeds: Bool) async {
    let http = ScriptedRequests { number, _ in
      switch script[number - 1] {
      case "not": .failure(.notSent(reason: "x"))
      case "late": .failure(.timedOut)
      case "broken": .failure(.interrupted(reason: "x"))
      case "refused": .failure(.refused(reason: "x"))
      default: answer()
      }
    }
    let retrying = RetryingUnsent(http, time: ManualTime())
    let response = try? await retrying.send(OutgoingRequest(.post, "https://shop.example/"))
    #expect((response != nil) == succeeds)
    #expect(http.requests.count == requests)
  }

  @Test(arguments: [(4, 2, Duration.seconds(6)), (10, 1, .zero), (11, 1, .zero)])
  func theTimeLimitIsForBoth(seconds: Int, requests: Int, left: Duration) async {
    let time = ManualTime()
    let http = ScriptedRequests { number, _ in
      time.advance(by: .seconds(seconds))
      return .failure(.notSent(reason: "x"))
    }
    _ = try? await RetryingUnsent(http, time: time).send(
      OutgoingRequest(.get, "https://a.example", timeout: .seconds(10)))
    #expect(http.requests.count == requests)
    if requests == 2 { #expect(http.requests[1].timeout == left) }
  }
}

@Suite struct ObservedRequestsTests {
  @Test func tellsVendorMethodOutcomeAndDuration() async {
    let time = ManualTime()
    let calls = Collector<ObservedCall>()
    let http = ScriptedRequests { number, _ in
      time.advance(by: .milliseconds(20 * number))
      return number == 1 ? answer(404) : .failure(.interrupted(reason: "reset"))
    }
    let observed = ObservedRequests(vendor: "shopify", http, time: time) { calls.add($0) }
    for method in [HTTPMessages.Method.get, .post] {
      _ = try? await observed.send(OutgoingRequest(method, "https://a.example/orders/ORD-839201"))
    }
    #expect(calls.all.map(\.vendor) == ["shopify", "shopify"])
    #expect(calls.all.map(\.method) == [.get, .post])
    #expect(calls.all.map(\.outcome.label) == ["404", "interrupted"])
    #expect(calls.all.map(\.duration) == [.milliseconds(20), .milliseconds(40)])
    #expect(!"\(calls.all)".contains("839201"))
  }
}
