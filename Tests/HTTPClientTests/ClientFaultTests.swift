import Core
import EventLoop
import Glibc
import HTTPClient
import HTTPMessages
import Testing

@Suite(.timeLimit(.minutes(1))) struct ClientFaultTests {
  enum Fault: CaseIterable {
    case hang, hangInHeaders, hangInBody, drip
  }

  @Test(arguments: Fault.allCases) func theTimeLimitIsOnTheWholeRequest(fault: Fault) async throws {
    let rig = try Rig(
      FaultPeer { connection in
        _ = connection.readRequest()
        switch fault {
        case .hang: break
        case .hangInHeaders: connection.write("HTTP/1.1 200 OK\r\nContent-")
        case .hangInBody: connection.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n01234")
        case .drip:
          connection.write("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
          while connection.write("x") { usleep(20_000) }
        }
        connection.waitForEnd()
      })
    let clock = ContinuousClock()
    let start = clock.now
    #expect(await rig.error(.milliseconds(200)) == .timedOut)
    let took = clock.now - start
    #expect(took > .milliseconds(180) && took < .seconds(5))
    try await waitUntil { rig.peer.openCount == 0 }
    await rig.end()
  }

  @Test func waitingForAConnectionCountsToo() async throws {
    let rig = try Rig(
      FaultPeer { connection in
        _ = connection.readRequest()
        connection.waitForEnd()
      }
    ) { $0.connectionsPerHost = 1 }
    async let first = rig.error(.seconds(30))
    try await waitUntil { rig.peer.requests.count == 1 }
    #expect(await rig.error(.milliseconds(100)) == .timedOut)
    #expect(rig.peer.connectionCount == 1)
    await rig.end()
    #expect(await first?.isInterrupted == true)
  }

  @Test func cancellationAbortsTheTransfer() async throws {
    let rig = try Rig(
      FaultPeer { connection in
        _ = connection.readRequest()
        connection.waitForEnd()
      })
    let call = Task { await rig.error() }
    try await waitUntil { rig.peer.requests.count == 1 }
    call.cancel()
    #expect(await call.value == .cancelled)
    try await waitUntil { rig.peer.openCount == 0 }
    await rig.end()
  }

  @Test func aCancelledTaskSendsNothing() async throws {
    let rig = try Rig(FaultPeer(answering: response()))
    let call = Task {
      while !Task.isCancelled { try? await Task.sleep(for: .milliseconds(1)) }
      return await rig.error()
    }
    call.cancel()
    #expect(await call.value == .cancelled)
    #expect(rig.peer.connectionCount == 0)
    await rig.end()
  }

  @Test func aRefusedConnectionIsNotSent() async throws {
    let rig = try Rig(FaultPeer(answering: response()))
    let request = OutgoingRequest(.post, "http://127.0.0.1:\(unusedPort())/", body: [1])
    await #expect { try await rig.client.send(request) } throws: { ($0 as? HTTPClientError)?.isNotSent == true }
    await rig.end()
  }

  enum Break: CaseIterable {
    case close, reset, garbage, closeInHeaders, closeInBody, resetInBody, badChunk
  }

  @Test(arguments: Break.allCases) func aConnectionThatBreaksAfterwardsIsInterrupted(how: Break) async throws {
    let rig = try Rig(
      FaultPeer { connection in
        _ = connection.readRequest()
        switch how {
        case .close: break
        case .reset: connection.resetOnClose()
        case .garbage: connection.write("220 mail ready\r\n\r\n")
        case .closeInHeaders: connection.write("HTTP/1.1 200 OK\r\nContent-")
        case .closeInBody: connection.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n01234")
        case .resetInBody:
          connection.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n01234")
          connection.resetOnClose()
        case .badChunk: connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")
        }
      })
    let error = await rig.error()
    #expect(error?.isInterrupted == true, "\(String(describing: error))")
    #expect(rig.peer.requests.count == 1)
    await rig.end()
  }

  /// libcurl by itself sends such a request again, whatever its method.
  @Test(arguments: [HTTPMessages.Method.get, .post, .put, .delete], [1, 3])
  func aRequestThatAKeptConnectionSwallowedIsNotSentAgain(method: HTTPMessages.Method, idle: Int) async throws {
    let rig = try Rig(
      FaultPeer { connection in
        guard let first = connection.readRequest(), first.hasPrefix("PATCH") else { return }
        while connection.openCountOfPeer < idle { usleep(1_000) }
        connection.write(response())
        _ = connection.readRequest()
      })
    await withTaskGroup { group in
      for _ in 0..<idle { group.addTask { #expect(await rig.error(.seconds(10), .patch) == nil) } }
    }
    #expect(rig.peer.requests.count == idle)
    let error = await rig.error(.seconds(10), method)
    #expect(error?.isInterrupted == true)
    #expect(rig.peer.requests.count == idle + 1)
    await rig.end()
  }

  @Test func aKeptConnectionThatEndedIsReplacedWithoutAnError() async throws {
    let rig = try Rig(
      FaultPeer { connection in
        if connection.readRequest() != nil { connection.write(response()) }
      })
    for _ in 0..<5 {
      #expect(await rig.error() == nil)
      try await waitUntil { rig.peer.openCount == 0 }
    }
    #expect(rig.peer.connectionCount == 5)
    await rig.end()
  }

  @Test func shutdownWaitsForWhatIsUnderWay() async throws {
    let gate = FaultGate()
    let rig = try Rig(
      FaultPeer { connection in
        _ = connection.readRequest()
        gate.wait()
        connection.write(response())
      })
    async let call = rig.error()
    try await waitUntil { rig.peer.requests.count == 1 }
    async let down: Void = rig.client.shutdown(grace: .seconds(30))
    try await waitUntilRefusing(rig)
    gate.open()
    #expect(await call == nil)
    await down
    #expect(await rig.error()?.isNotSent == true)
    await rig.end()
  }

  private func waitUntilRefusing(_ rig: Rig) async throws {
    while await rig.error(.milliseconds(1))?.isNotSent != true { try? await Task.sleep(for: .milliseconds(1)) }
  }

  @Test func shutdownAbortsAfterItsGrace() async throws {
    let rig = try Rig(
      FaultPeer { connection in
        _ = connection.readRequest()
        connection.waitForEnd()
      })
    async let call = rig.error()
    try await waitUntil { rig.peer.requests.count == 1 }
    await rig.client.shutdown(grace: .milliseconds(50))
    #expect(await call?.isInterrupted == true)
    await rig.end()
  }
}
