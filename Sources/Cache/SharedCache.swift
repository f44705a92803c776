/// A cache that several instances share. It never fails: when it is down, or too slow, everything is a miss and what is
/// set is lost. So it holds nothing that cannot be had elsewhere.
package protocol SharedCache: Sendable {
  /// Nil when the key is unknown, has ended, or the cache does not answer.
  func get(_ key: String) async -> [UInt8]?

  /// - Parameter lifetime: at least a millisecond; anything less removes the key.
  func set(_ key: String, _ value: [UInt8], lifetime: Duration) async

  /// Not certain: when the cache is down, the value stays until its lifetime ends.
  func delete(_ key: String) async
}
