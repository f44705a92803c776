/// Stops calling a system that fails, and asks now and then with one call whether it works again.
///
/// A pure state machine on `TimeSource.uptime`; keep it under a `Mutex`. Ask before a call, report after it:
///
///     switch breaker.ask(now: time.uptime) {
///     case .allowed(let permit): …; breaker.report(.success, of: permit, now: time.uptime)
///     case .refused(let retryAfter): …
///     }
package struct CircuitBreaker: Sendable {
  package struct Settings: Sendable, Hashable {
    /// Failures in a row that open it.
    package var failureThreshold = 5
    /// How long nothing is asked.
    package var openDuration = Duration.seconds(15)
    /// When a probe that was never reported counts as lost and the next one may go. Longer than a call may take.
    package var probeTimeout = Duration.seconds(20)

    package init() {}
  }

  package enum State: String, Sendable, Hashable, CaseIterable {
    case closed, open
    case halfOpen = "half_open"
  }

  package enum Decision: Sendable, Hashable {
    case allowed(Permit)
    /// Nothing may be asked; `retryAfter` is what a caller is told.
    case refused(retryAfter: Duration)
  }

  /// One call that was allowed. To report it late or twice does no harm.
  package struct Permit: Sendable, Hashable {
    package let isProbe: Bool
    fileprivate let generation: UInt64
  }

  package enum Outcome: Sendable, Hashable {
    /// It answered, be it with "not found".
    case success
    /// It did not answer, or answered that it is broken.
    case failure
    /// Says nothing about it: the caller went away, or it asked to be called less often.
    case ignored
  }

  /// How often each state was entered, for a counter.
  package struct Transitions: Sendable, Hashable {
    package fileprivate(set) var opened: UInt64 = 0
    package fileprivate(set) var halfOpened: UInt64 = 0
    package fileprivate(set) var closed: UInt64 = 0
  }

  private enum Phase: Sendable {
    case closed(failures: Int)
    case open(until: Duration)
    /// `probeUntil` is nil while no probe is under way.
    case halfOpen(probeUntil: Duration?)
  }

  private var settings: Settings
  private var phase = Phase.closed(failures: 0)
  /// Changes with every change of phase and with every probe, so that what an older call says is not heard.
  private var generation: UInt64 = 0
  package private(set) var transitions = Transitions()

  package init(_ settings: Settings = Settings()) {
    self.settings = settings
  }

  /// See `Settings`; for a limit on calls that changes, and counts from the next probe.
  package var probeTimeout: Duration {
    get { settings.probeTimeout }
    set { settings.probeTimeout = newValue }
  }

  package var state: State {
    switch phase {
    case .closed: .closed
    case .open: .open
    case .halfOpen: .halfOpen
    }
  }

  package mutating func ask(now: Duration) -> Decision {
    if let retryAfter = retryAfter(now: now) { return .refused(retryAfter: retryAfter) }
    switch phase {
    case .closed:
      return .allowed(Permit(isProbe: false, generation: generation))
    case .open:
      transitions.halfOpened += 1
    case .halfOpen:
      break
    }
    enter(.halfOpen(probeUntil: now + settings.probeTimeout))
    return .allowed(Permit(isProbe: true, generation: generation))
  }

  package mutating func report(_ outcome: Outcome, of permit: Permit, now: Duration) {
    guard permit.generation == generation else { return }
    switch (phase, outcome) {
    case (.closed(let failures), .failure):
      if failures + 1 >= settings.failureThreshold { open(now: now) } else { phase = .closed(failures: failures + 1) }
    case (.closed, .success):
      phase = .closed(failures: 0)
    case (.halfOpen, .success):
      transitions.closed += 1
      enter(.closed(failures: 0))
    case (.halfOpen, .failure):
      open(now: now)
    case (.halfOpen, .ignored):
      enter(.halfOpen(probeUntil: nil))
    case (.closed, .ignored), (.open, _):
      break
    }
  }

  /// How long until a call may be tried; nil when one may be now.
  package func retryAfter(now: Duration) -> Duration? {
    switch phase {
    case .open(let until) where now < until: until - now
    // The probe most likely ends long before its timeout.
    case .halfOpen(.some(let until)) where now < until: min(until - now, .seconds(1))
    default: nil
    }
  }

  private mutating func open(now: Duration) {
    transitions.opened += 1
    enter(.open(until: now + settings.openDuration))
  }

  private mutating func enter(_ phase: Phase) {
    self.phase = phase
    generation += 1
  }
}
