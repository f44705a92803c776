import Core
import HTTPClient
import HTTPMessages
import Synchronization

/// Sends the vendors' webhooks: each in its vendor's form and on its retry schedule, and as badly as it is told to.
/// Without a client or a target they are recorded and go nowhere.
final class WebhookSender: Sendable {
  /// Tells of something that happened. Does not wait for anything.
  typealias Emit = @Sendable (_ topic: String, _ payload: JSONValue, _ eventID: String) -> Void

  private struct State {
    var queue: WebhookQueue
    var underWay: [Int: Task<Void, Never>] = [:]
    var isStopped = false
  }

  private let http: (any HTTPRequesting)?
  private let time: any TimeSource
  private let alarm: Alarm
  private let state: Mutex<State>

  /// - Parameters:
  ///   - styles: a vendor without one sends nothing.
  ///   - targets: URLs.
  init(
    styles: [Vendor: WebhookStyle], targets: [Vendor: String], seed: UInt64, time: any TimeSource,
    http: (any HTTPRequesting)?
  ) {
    self.http = http
    self.time = time
    alarm = Alarm(time: time)
    state = Mutex(
      State(
        queue: WebhookQueue(
          styles: styles, targets: http == nil ? [:] : targets, dice: Identities(seed: seed, name: "webhooks"))))
  }

  func emitter(of vendor: Vendor) -> Emit {
    { topic, payload, eventID in
      self.change { $0.add(topic, payload.bytes, eventID: eventID, of: vendor, now: $1) }
    }
  }

  /// - Parameter url: nil for none.
  func setTarget(_ url: String?, of vendor: Vendor) {
    change { queue, _ in queue.setTarget(self.http == nil ? nil : url, of: vendor) }
  }

  func setFaults(_ faults: WebhookFaults, of vendor: Vendor) {
    change { $0.setFaults(faults, of: vendor, now: $1) }
  }

  /// - Returns: how many were held.
  func release(_ vendor: Vendor) -> Int { change { $0.release(vendor, now: $1) } }

  func target(of vendor: Vendor) -> String? { state.withLock { $0.queue.target(of: vendor) } }

  func faults(of vendor: Vendor) -> WebhookFaults { state.withLock { $0.queue.faults(of: vendor) } }

  func deliveries(of vendor: Vendor) -> [WebhookDelivery] { state.withLock { $0.queue.deliveries(of: vendor) } }

  /// Sends nothing more and gives up what is under way.
  func stop() {
    alarm.stop()
    let underWay = state.withLock { state in
      state.isStopped = true
      return state.underWay.values.map { $0 }
    }
    for task in underWay { task.cancel() }
  }

  // MARK: - Sending

  private func change<Result: Sendable>(_ body: (inout WebhookQueue, Moment) -> Result) -> Result {
    let result = state.withLock { body(&$0.queue, Moment(time)) }
    sendWhatIsDue()
    return result
  }

  private func sendWhatIsDue() {
    let next = state.withLock { state -> Duration? in
      guard !state.isStopped, let http else { return nil }
      while let attempt = state.queue.takeAttempt(now: Moment(time)) {
        state.underWay[attempt.number] = Task {
          let (outcome, retryAfter) = await Self.send(attempt, http)
          self.end(attempt, outcome, retryAfter)
        }
      }
      return state.queue.nextDue
    }
    if let next { alarm.set(next) { [weak self] in self?.sendWhatIsDue() } }
  }

  private func end(
    _ attempt: WebhookQueue.Attempt, _ outcome: WebhookDelivery.Outcome, _ retryAfter: Duration?
  ) {
    state.withLock { $0.underWay[attempt.number] = nil }
    change { $0.record(outcome, retryAfter: retryAfter, of: attempt, now: $1) }
  }

  private static func send(_ attempt: WebhookQueue.Attempt, _ http: any HTTPRequesting) async
    -> (WebhookDelivery.Outcome, retryAfter: Duration?)
  {
    var signed = attempt.message
    if attempt.isCorrupt { signed.body.append(UInt8(ascii: " ")) }
    var headers = attempt.style.headers(signed)
    headers["content-type"] = "application/json"
    do throws(HTTPClientError) {
      let request = OutgoingRequest(
        .post, attempt.url, headers: headers, body: attempt.message.body, timeout: attempt.style.timeout,
        maximumBodySize: 1 << 16)
      let response = try await http.send(request)
      let seconds = response.headers["retry-after"]?.utf8.decimalNumber
      return (.status(response.status), seconds.map { .seconds($0) })
    } catch {
      return (.error(error.text), nil)
    }
  }
}

extension HTTPClientError {
  fileprivate var text: String {
    switch self {
    case .notSent(let reason): "not connected: \(reason)"
    case .timedOut: "no answer in time"
    case .interrupted(let reason): "the connection broke: \(reason)"
    case .bodyTooLarge: "the answer is too large"
    case .refused(let reason): "the URL may not be called: \(reason)"
    case .cancelled: "cancelled"
    }
  }
}
