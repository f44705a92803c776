import Core
import Resilience
import Synchronization

/// The access token of one client at one vendor: fetched when first asked for, shared by all callers, replaced in the
/// background before it ends, and fetched anew after `invalidate` or when the secret changes.
///
/// One fetch at a time. While an old token is still good nobody waits for a new one, and a failed attempt is repeated with
/// growing pauses. Without one, callers wait for the attempt under way, or are told at once when the last one has just
/// failed. The token appears in no error and in no log.
package final class AccessTokenSource: Sendable {
  private struct State {
    var machine: AccessTokenState
    var secret: Redacted<String>?
    var secretVersion = 0
    var waiters: [UInt64: Waiter] = [:]
    /// Fetches the next token before the present one ends.
    var timer: Task<Void, Never>?

    mutating func ask(secret: Redacted<String>, now: Duration) -> AccessTokenState.Decision {
      if self.secret?.reveal() != secret.reveal() {
        self.secret = secret
        secretVersion += 1
      }
      return machine.ask(secretVersion: secretVersion, now: now)
    }
  }

  private typealias Outcome = Result<String, AccessTokenError>

  private struct Waiter {
    let continuation: CheckedContinuation<Outcome, Never>
    let timer: Task<Void, Never>
  }

  private let name: String
  private let endpoint: TokenEndpoint
  private let secret: @Sendable () -> Redacted<String>
  private let http: any HTTPRequesting
  private let time: any TimeSource
  private let random: any RandomSource
  private let observe: @Sendable (TokenRefresh) -> Void
  private let state: Mutex<State>
  private let lastCaller = Atomic<UInt64>(0)

  /// - Parameters:
  ///   - name: the vendor in metrics, such as `shopify`.
  ///   - secret: asked at every use, so that a new value is seen without a restart; must be quick.
  ///   - http: such as `RetryingUnsent` over the client.
  ///   - backoff: between attempts that fail.
  package init(
    name: String, endpoint: TokenEndpoint, secret: @escaping @Sendable () -> Redacted<String>, http: any HTTPRequesting,
    time: any TimeSource, random: any RandomSource = SystemRandom(),
    backoff: Backoff = .exponential(base: .seconds(1), cap: .seconds(30)),
    observe: @escaping @Sendable (TokenRefresh) -> Void = { _ in }
  ) {
    self.name = name
    self.endpoint = endpoint
    self.secret = secret
    self.http = http
    self.time = time
    self.random = random
    self.observe = observe
    state = Mutex(State(machine: AccessTokenState(backoff: backoff)))
  }

  deinit {
    state.withLock { $0.timer?.cancel() }
  }

  /// A token that is good as far as is known.
  ///
  /// - Throws: `timedOut` after `limit`, `cancelled`, and what the attempt met.
  package func token(within limit: Duration = .seconds(10)) async throws(AccessTokenError) -> Redacted<String> {
    let caller = lastCaller.add(1, ordering: .relaxed).newValue
    let outcome = await withTaskCancellationHandler {
      await withCheckedContinuation { join(caller, limit, $0) }
    } onCancel: {
      answer(caller, .failure(.cancelled))
    }
    return Redacted(try outcome.get())
  }

  /// Call it after a 401 with the token that was refused: the next `token()` fetches anew. Does nothing when another has
  /// taken its place already.
  package func invalidate(_ token: Redacted<String>) {
    state.withLock { $0.machine.invalidate(token.reveal(), now: time.uptime) }
  }

  /// Answers the caller or lets it wait. A cancellation that came before is seen here, under the lock; one that comes
  /// after finds the waiter.
  private func join(_ caller: UInt64, _ limit: Duration, _ continuation: CheckedContinuation<Outcome, Never>) {
    let secret = secret()
    let (outcome, mustFetch) = state.withLock { state -> (Outcome?, Bool) in
      if Task.isCancelled { return (.failure(.cancelled), false) }
      let decision = state.ask(secret: secret, now: time.uptime)
      switch decision {
      case .use(let token, let refresh): return (.success(token), refresh)
      case .fail(let error): return (.failure(error), false)
      case .fetch, .join:
        let timer = Task { [weak self, time] in
          if (try? await time.sleep(for: limit)) != nil { self?.answer(caller, .failure(.timedOut)) }
        }
        state.waiters[caller] = Waiter(continuation: continuation, timer: timer)
        return (nil, decision == .fetch)
      }
    }
    if mustFetch { Task { await fetch() } }
    if let outcome { continuation.resume(returning: outcome) }
  }

  private func answer(_ caller: UInt64, _ outcome: Outcome) {
    guard let waiter = state.withLock({ $0.waiters.removeValue(forKey: caller) }) else { return }
    waiter.timer.cancel()
    waiter.continuation.resume(returning: outcome)
  }

  private func fetch() async {
    let (secret, version) = state.withLock { ($0.secret?.reveal() ?? "", $0.secretVersion) }
    let start = time.uptime
    let result: Result<(String, Duration), AccessTokenError>
    do throws(AccessTokenError) { result = .success(try await ask(secret)) } catch { result = .failure(error) }
    let now = time.uptime
    let waiters = state.withLock { state -> [Waiter] in
      switch result {
      case .success((let token, let lifetime)):
        let isWanted = !state.waiters.isEmpty
        state.machine.succeeded(
          token, lifetime: lifetime, secretVersion: version, askedAt: start, isWanted: isWanted)
      case .failure(let error):
        state.machine.failed(error, secretVersion: version, now: now, random: random)
      }
      state.timer?.cancel()
      state.timer = state.machine.nextRefresh(now: now).map(timer)
      defer { state.waiters = [:] }
      return Array(state.waiters.values)
    }
    for waiter in waiters {
      waiter.timer.cancel()
      waiter.continuation.resume(returning: result.map(\.0))
    }
    var failure: AccessTokenError?
    if case .failure(let error) = result { failure = error }
    observe(TokenRefresh(name: name, error: failure, duration: now - start))
  }

  private func ask(_ secret: String) async throws(AccessTokenError) -> (String, Duration) {
    let response: IncomingResponse
    do throws(HTTPClientError) {
      response = try await http.send(endpoint.request(secret: secret))
    } catch {
      throw AccessTokenError(error)
    }
    return try endpoint.token(in: response, now: time.now)
  }

  /// A task that fetches at `due` unless the token was not used or has been replaced.
  private func timer(_ due: Duration) -> Task<Void, Never> {
    Task { [weak self, time] in
      guard (try? await time.sleep(for: due - time.uptime)) != nil, let self else { return }
      if state.withLock({ $0.machine.refreshIsDue(now: time.uptime) }) { await fetch() }
    }
  }
}
