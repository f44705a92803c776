import Core

/// What is to be sent, when, and what became of it: a state machine that neither sends nor waits.
struct WebhookQueue: Sendable {
  /// An attempt to make now.
  struct Attempt: Sendable {
    let number: Int
    let url: String
    let style: WebhookStyle
    let message: WebhookMessage
    /// The headers are to be those of another body.
    let isCorrupt: Bool
  }

  /// At the same time, over all vendors.
  static let sendingLimit = 8
  /// More messages are dropped, as a vendor's queue has an end too.
  static let waitingLimit = 50_000
  /// Finished messages that are remembered of a vendor.
  static let capacity = 1_000

  private struct Channel: Sendable {
    var target: String?
    var faults = WebhookFaults()
    var held: [Int] = []
    var finished: [Int] = []
  }

  private let styles: [Vendor: WebhookStyle]
  private let dice: Identities
  private var channels: [Vendor: Channel] = [:]
  private var deliveries: [Int: WebhookDelivery] = [:]
  private var agenda = Agenda<Int>()
  private var sending = 0
  private var nextNumber = 1

  init(styles: [Vendor: WebhookStyle], targets: [Vendor: String], dice: Identities) {
    self.styles = styles
    self.dice = dice
    for (vendor, target) in targets { channels[vendor, default: Channel()].target = target }
  }

  // MARK: - Settings

  func target(of vendor: Vendor) -> String? { channels[vendor]?.target }

  mutating func setTarget(_ url: String?, of vendor: Vendor) { channels[vendor, default: Channel()].target = url }

  func faults(of vendor: Vendor) -> WebhookFaults { channels[vendor]?.faults ?? WebhookFaults() }

  /// What was held goes out when it is no longer to be.
  mutating func setFaults(_ faults: WebhookFaults, of vendor: Vendor, now: Moment) {
    channels[vendor, default: Channel()].faults = faults
    if !faults.hold { release(vendor, now: now) }
  }

  /// The last ones, the oldest first.
  func deliveries(of vendor: Vendor) -> [WebhookDelivery] {
    deliveries.filter { $0.value.vendor == vendor }.sorted { $0.key < $1.key }.suffix(Self.capacity).map(\.value)
  }

  // MARK: - Messages

  mutating func add(_ topic: String, _ body: [UInt8], eventID: String, of vendor: Vendor, now: Moment) {
    let (faults, id) = (faults(of: vendor), dice.uuid())
    let isDropped = strikes(faults.drop) || agenda.count >= Self.waitingLimit
    for isDuplicate in strikes(faults.duplicate) ? [false, true] : [false] {
      let number = nextNumber
      nextNumber += 1
      deliveries[number] = WebhookDelivery(
        vendor: vendor, topic: topic, body: body, eventID: eventID, id: id, triggered: now.time,
        isDuplicate: isDuplicate, state: .waiting)
      if target(of: vendor) == nil {
        finish(number, .recorded)
      } else if isDropped {
        finish(number, .dropped)
      } else if faults.hold {
        deliveries[number]?.state = .held
        channels[vendor]?.held.append(number)
      } else {
        wait(number, pause(faults), now: now)
      }
    }
  }

  /// - Returns: how many.
  @discardableResult mutating func release(_ vendor: Vendor, now: Moment) -> Int {
    let held = channels[vendor]?.held ?? []
    channels[vendor]?.held = []
    for number in held { wait(number, pause(faults(of: vendor)), now: now) }
    return held.count
  }

  /// When `takeAttempt` will have one; nil when that takes an end of one under way, or nothing waits.
  var nextDue: Duration? { sending < Self.sendingLimit ? agenda.nextDue : nil }

  mutating func takeAttempt(now: Moment) -> Attempt? {
    guard sending < Self.sendingLimit else { return nil }
    while let number = agenda.takeDue(at: now.uptime) {
      guard let delivery = deliveries[number] else { continue }
      guard let url = target(of: delivery.vendor), let style = styles[delivery.vendor]?.way(of: delivery.topic)
      else {
        finish(number, .recorded)
        continue
      }
      let faults = faults(of: delivery.vendor)
      deliveries[number]?.state = .sending
      deliveries[number]?.next = nil
      sending += 1
      return Attempt(
        number: number, url: url, style: style,
        message: WebhookMessage(
          topic: delivery.topic, body: delivery.body, eventID: delivery.eventID, deliveryID: delivery.id,
          triggered: delivery.triggered,
          sent: faults.staleTimestamp ? now.time - WebhookFaults.staleness : now.time),
        isCorrupt: strikes(faults.corruptSignature))
    }
    return nil
  }

  /// - Parameters:
  ///   - retryAfter: what the receiver asked for.
  ///   - now: when the answer came, which the pause before the next attempt counts from.
  mutating func record(
    _ outcome: WebhookDelivery.Outcome, retryAfter: Duration? = nil, of attempt: Attempt, now: Moment
  ) {
    sending -= 1
    deliveries[attempt.number]?.attempts.append(.init(time: now.time, outcome: outcome, isCorrupt: attempt.isCorrupt))
    let failures = deliveries[attempt.number]?.attempts.count ?? 0
    if outcome.isSuccess {
      finish(attempt.number, .delivered)
    } else if failures <= attempt.style.retries.count {
      let asked = attempt.style.extendsOn429 && outcome == .status(429) ? retryAfter ?? .zero : .zero
      wait(attempt.number, max(asked, attempt.style.retries[failures - 1]), now: now)
    } else {
      finish(attempt.number, .failed)
    }
  }

  private func strikes(_ share: Double) -> Bool { share > 0 && dice.fraction() < share }

  private func pause(_ faults: WebhookFaults) -> Duration {
    faults.delay + (faults.reorder ? WebhookFaults.spread * dice.fraction() : .zero)
  }

  private mutating func wait(_ number: Int, _ pause: Duration, now: Moment) {
    deliveries[number]?.state = .waiting
    deliveries[number]?.next = now.time + pause
    agenda.add(number, due: now.uptime + pause)
  }

  private mutating func finish(_ number: Int, _ state: WebhookDelivery.State) {
    guard let vendor = deliveries[number]?.vendor else { return }
    deliveries[number]?.state = state
    deliveries[number]?.next = nil
    channels[vendor, default: Channel()].finished.append(number)
    // Dropped in blocks, as removing the first of an array moves all the others.
    guard let finished = channels[vendor]?.finished, finished.count >= 2 * Self.capacity else { return }
    for number in finished.prefix(Self.capacity) { deliveries[number] = nil }
    channels[vendor]?.finished.removeFirst(Self.capacity)
  }
}

/// One moment on both clocks.
struct Moment: Sendable, Hashable {
  let time: Timestamp
  let uptime: Duration

  init(_ source: any TimeSource) {
    time = source.now
    uptime = source.uptime
  }
}
