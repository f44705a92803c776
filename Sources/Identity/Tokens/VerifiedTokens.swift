import Glibc
import HTTPServer
import Synchronization

/// A token that was verified whole. What may change before it expires is asked again on each use.
final class VerifiedToken: Sendable {
  let caller: Caller
  let tokenID: String?
  /// Seconds since 1970 from which on it is refused.
  let refusedFrom: Int64
  /// Whose key signed it, and of which state of the keys that was.
  let source: any KeySource
  let generation: Int
  /// Nil for tokens of outside issuers, which cannot be revoked here.
  let own: AccessTokenClaims?

  init(
    caller: Caller, tokenID: String?, refusedFrom: Int64, source: any KeySource, generation: Int,
    own: AccessTokenClaims?
  ) {
    self.caller = caller
    self.tokenID = tokenID
    self.refusedFrom = refusedFrom
    self.source = source
    self.generation = generation
    self.own = own
  }
}

/// The latest verified tokens, by every byte of the header that they came in.
///
/// Two halves: when the young one is full it becomes the old one, and what nobody asks for again goes with the next turn.
/// Only tokens that verified get in, so nobody fills it with rubbish.
final class VerifiedTokens: Sendable {
  /// Compared whole; hashed by its last bytes alone, which are the signature and as good as random. Hashing 700 bytes
  /// would cost more than all the rest of a look-up.
  private struct Key: Hashable {
    /// While it is looked for, a part of the request, so that it is not copied.
    let header: ArraySlice<UInt8>

    static func == (left: Key, right: Key) -> Bool {
      left.header.withUnsafeBytes { left in
        right.header.withUnsafeBytes { right in
          guard left.count == right.count, let start = left.baseAddress, let other = right.baseAddress else {
            return left.isEmpty && right.isEmpty
          }
          return memcmp(start, other, left.count) == 0
        }
      }
    }

    func hash(into hasher: inout Hasher) {
      header.suffix(32).withUnsafeBytes { hasher.combine(bytes: $0) }
    }
  }

  private struct State {
    var young: [Key: VerifiedToken] = [:]
    var old: [Key: VerifiedToken] = [:]
  }

  private let half: Int
  private let state = Mutex(State())

  init(capacity: Int) {
    half = max(1, capacity / 2)
  }

  func find(_ header: ArraySlice<UInt8>) -> VerifiedToken? {
    let key = Key(header: header)
    return state.withLock { state in
      if let token = state.young[key] { return token }
      guard let token = state.old[key] else { return nil }
      insert(header, token, into: &state)
      return token
    }
  }

  func insert(_ header: ArraySlice<UInt8>, _ token: VerifiedToken) {
    state.withLock { insert(header, token, into: &$0) }
  }

  func remove(_ header: ArraySlice<UInt8>) {
    state.withLock { state in
      state.young[Key(header: header)] = nil
      state.old[Key(header: header)] = nil
    }
  }

  var count: Int { state.withLock { $0.young.count + $0.old.count } }

  private func insert(_ header: ArraySlice<UInt8>, _ token: VerifiedToken, into state: inout State) {
    if state.young.count >= half {
      state.old = state.young
      state.young = [:]
    }
    // A copy: what was given lies in the whole head of a request.
    state.young[Key(header: Array(header)[...])] = token
  }
}
