import Core
import Security

/// A customer as the ledger knows one: a keyed hash, from which nobody without the key finds the id again.
///
/// HMAC-SHA-256 over the programme and the shop's own id, under a key that rotates (guide 3, section 1: a one-way hash with
/// a salt of the platform).
package struct CustomerHash: Sendable, Hashable, BitwiseCopyable {
  /// Which key made it.
  package let keyVersion: Int
  package let bytes: Bytes32

  package init(keyVersion: Int, bytes: Bytes32) {
    self.keyVersion = keyVersion
    self.bytes = bytes
  }

  /// What is stored: the version in two bytes, then the hash.
  package var stored: [UInt8] {
    [UInt8(truncatingIfNeeded: keyVersion >> 8), UInt8(truncatingIfNeeded: keyVersion)] + bytes.bytes
  }

  /// `cus_1_…`: what a client may keep and send back.
  package var handle: String {
    var text: [UInt8] = []
    write(to: &text)
    return String(decoding: text, as: UTF8.self)
  }

  /// Appends the handle.
  package func write(to text: inout [UInt8]) {
    text.append(contentsOf: "cus_".utf8)
    text.append(decimal: Int64(keyVersion))
    text.append(UInt8(ascii: "_"))
    bytes.withUnsafeBytes { text.append(hex: $0) }
  }

  private static let proofDomain = Array("ringback/customer/1".utf8)

  /// What the journal says of the customer: proves that an account with this tag is theirs, and tells nothing without the
  /// tag. Once the customer and the account's tag are forgotten nobody can tie the journal to either.
  package func proof(tag: UInt64) -> String {
    var message: [UInt8] = []
    message.reserveCapacity(64)
    message += Self.proofDomain
    withUnsafeBytes(of: tag.bigEndian) { message.append(contentsOf: $0) }
    withUnsafeBytes(of: UInt16(truncatingIfNeeded: keyVersion).bigEndian) { message.append(contentsOf: $0) }
    bytes.withUnsafeBytes { message.append(contentsOf: $0) }
    let hash = message.withUnsafeBytes { SHA256.hash(of: $0) }
    return hash.withUnsafeBytes { Base64.url.encode($0[..<16]) }
  }

  /// A part of the hash says as much as all of it.
  package func hash(into hasher: inout Hasher) {
    hasher.combine(bytes)
  }

  /// Reads a handle; nil for anything else.
  package init?(handle: String) {
    let parts = handle.split(separator: "_", omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0] == "cus", let version = Int(parts[1]), (1...65_535).contains(version),
      String(version) == parts[1], let bytes = [UInt8](hex: String(parts[2])).flatMap(Bytes32.init)
    else { return nil }
    self.init(keyVersion: version, bytes: bytes)
  }
}

/// The keys that customers are hashed with.
package struct CustomerKeys: Sendable {
  package struct Key: Sendable {
    /// From 1; higher is newer.
    package let version: Int
    fileprivate var mac: HMACKey

    package init(version: Int, bytes: Redacted<[UInt8]>) {
      self.version = version
      mac = HMACKey(bytes)
    }
  }

  /// Newest first; never empty.
  private let keys: [Key]

  /// - Precondition: there is a key.
  package init(_ keys: [Key], programme: String) {
    precondition(!keys.isEmpty, "customers cannot be hashed without a key")
    // The length before the name keeps "a" + "bc" and "ab" + "c" apart.
    let prefix = Array("\(programme.utf8.count):\(programme)".utf8)
    self.keys = keys.sorted { $0.version > $1.version }.map { key in
      var key = key
      key.mac = key.mac.beginning(with: prefix)
      return key
    }
  }

  /// The hash of new accounts.
  package func hash(_ id: String) -> CustomerHash { hash(id, with: keys[0]) }

  /// All hashes that the id may have been stored under, newest first.
  package func hashes(_ id: String) -> [CustomerHash] { keys.map { hash(id, with: $0) } }

  /// Whose account an id stands for.
  package func customer(_ id: String) -> Customer {
    var id = id
    return id.withUTF8 { id in
      let (newest, older) = hashes(UnsafeRawBufferPointer(id))
      return .hash(newest, older: older)
    }
  }

  /// The version that new accounts are made under.
  package var newestVersion: Int { keys[0].version }

  /// The hash of new accounts, and those that the id may have been stored under before: for millions of ids in UTF-8.
  func hashes(_ id: UnsafeRawBufferPointer) -> (newest: CustomerHash, older: [CustomerHash]) {
    (hash(id, with: keys[0]), keys.count == 1 ? [] : keys.dropFirst().map { hash(id, with: $0) })
  }

  private func hash(_ id: String, with key: Key) -> CustomerHash {
    var id = id
    return id.withUTF8 { hash(UnsafeRawBufferPointer($0), with: key) }
  }

  private func hash(_ id: UnsafeRawBufferPointer, with key: Key) -> CustomerHash {
    CustomerHash(keyVersion: key.version, bytes: key.mac.hash(for: id))
  }
}
