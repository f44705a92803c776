import CHiredis
import Core
import Glibc

/// One connection to Redis by hiredis' blocking calls.
///
/// Unchecked because it is used on the one thread of its pool only.
final class RedisConnection: @unchecked Sendable {
  enum Reply {
    case value([UInt8])
    case absent
    case done
    /// Redis answered that it will not; the connection is in order. The first word only, such as `LOADING`: the rest may
    /// repeat the command.
    case refused(String)
  }

  enum Failure: Error {
    case cannotConnect(String)
    /// Refused at sign-in.
    case refused(String)
    case lost
  }

  private let options: RedisCache.Options
  private var context: UnsafeMutablePointer<redisContext>?
  private var timeout: Duration = .zero

  init(_ options: RedisCache.Options) {
    self.options = options
  }

  deinit {
    close()
  }

  /// Connects, signs in and chooses the database, each step within the time limit.
  func connect() throws(Failure) {
    close()
    timeout = .zero
    let connectLimit = timeval(options.timeout)
    context =
      switch options.address {
      case .tcp(let host, let port): redisConnectWithTimeout(host, Int32(port), connectLimit)
      case .unix(let path): redisConnectUnixWithTimeout(path, connectLimit)
      }
    guard let context else { throw .cannotConnect("no memory") }
    guard context.pointee.err == 0 else {
      let text = context.pointee.err == REDIS_ERR_IO ? String(cString: strerror(errno)) : "it cannot be reached"
      close()
      throw .cannotConnect(text)
    }
    try limit(to: options.timeout)
    if let password = options.password()?.reveal() {
      try expectDone((["AUTH"] + (options.user.map { [$0] } ?? []) + [password]).map { Array($0.utf8) })
    }
    if options.database != 0 { try expectDone([Array("SELECT".utf8), Array(String(options.database).utf8)]) }
    // A server that wants a password, or is loading its data, says so here.
    try expectDone([Array("PING".utf8)])
  }

  func close() {
    if let context { redisFree(context) }
    context = nil
  }

  /// Sends a command and waits for its reply, at most for `limit` without a byte. After `Failure.lost` there is no
  /// connection any more.
  func ask(_ command: [[UInt8]], within limit: Duration) throws(Failure) -> Reply {
    try self.limit(to: limit)
    return try ask(command)
  }

  private func expectDone(_ command: [[UInt8]]) throws(Failure) {
    if case .refused(let word) = try ask(command) {
      close()
      throw .refused(word)
    }
  }

  /// `redisCommandArgv` copies the arguments before it returns.
  private func ask(_ command: [[UInt8]]) throws(Failure) -> Reply {
    guard let context else { throw .lost }
    let lengths = command.map(\.count)
    let all = command.flatMap { $0 }
    let reply = all.withUnsafeBytes { bytes -> UnsafeMutableRawPointer? in
      // Of no bytes there may be no address; nothing is read from this one then.
      let start = (bytes.baseAddress ?? UnsafeRawPointer(context)).assumingMemoryBound(to: CChar.self)
      var offset = 0
      var pointers = lengths.map { length -> UnsafePointer<CChar>? in
        defer { offset += length }
        return start + offset
      }
      return redisCommandArgv(context, Int32(command.count), &pointers, lengths)
    }
    guard let reply else {
      close()
      throw .lost
    }
    defer { freeReplyObject(reply) }
    return Self.read(reply.assumingMemoryBound(to: redisReply.self).pointee)
  }

  private static func read(_ reply: redisReply) -> Reply {
    var bytes: [UInt8] { Array(UnsafeRawBufferPointer(start: reply.str, count: Int(reply.len))) }
    return switch reply.type {
    case REDIS_REPLY_STRING: .value(bytes)
    case REDIS_REPLY_NIL: .absent
    case REDIS_REPLY_ERROR: .refused(String(decoding: bytes.prefix { $0 != 0x20 }, as: UTF8.self))
    default: .done
    }
  }

  private func limit(to limit: Duration) throws(Failure) {
    guard let context else { throw .lost }
    guard limit != timeout else { return }
    guard redisSetTimeout(context, timeval(limit)) == REDIS_OK else {
      close()
      throw .lost
    }
    timeout = limit
  }
}

private func timeval(_ duration: Duration) -> timeval {
  // Nothing would mean to wait for ever.
  let microseconds = max(1_000, duration.wholeMicroseconds)
  return Glibc.timeval(tv_sec: Int(microseconds / 1_000_000), tv_usec: Int(microseconds % 1_000_000))
}
