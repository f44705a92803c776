import Core
import Glibc

/// The master keys, in a file that only the user that runs Ringback can read, such as `keys/master`.
///
/// A line is a version and 32 bytes in base 64: `1 mS4…=`. The highest version seals; the others open what was sealed
/// before. Losing the file loses every sealed column: it belongs in the backup, apart from the database.
package struct KeyRing: Sendable {
  private let keys: [Sealer.Key]

  /// Reads the file, or makes it with a first key when there is none. The folder is made too, with mode 0700.
  ///
  /// - Throws: `KeyRingError`.
  package static func load(path: String, random: any RandomSource) throws(KeyRingError) -> KeyRing {
    if let text = try KeyFile.read(path) { return try KeyRing(parsing: text, path: path) }
    let first = Sealer.Key(id: 1, bytes: Redacted(random.bytes(32)))
    // Another process may be first: then its file is the one.
    try KeyFile.create(path, text: KeyRing(keys: [first]).text)
    guard let text = try KeyFile.read(path) else { throw .unusable(path, reason: "it vanished while it was made") }
    return try KeyRing(parsing: text, path: path)
  }

  /// Adds a new version, which seals from the next `load` on.
  ///
  /// - Throws: `KeyRingError`.
  package static func addVersion(path: String, random: any RandomSource) throws(KeyRingError) -> KeyRing {
    let ring = try load(path: path, random: random)
    guard ring.version < UInt32.max else { throw .unusable(path, reason: "it has the last version there is") }
    let next = Sealer.Key(id: ring.version + 1, bytes: Redacted(random.bytes(32)))
    let longer = KeyRing(keys: ring.keys + [next])
    try KeyFile.replace(path, text: longer.text)
    return longer
  }

  /// The version that seals.
  package var version: UInt32 { keys.last?.id ?? 0 }

  package func sealer(random: any RandomSource) -> Sealer {
    Sealer(current: keys[keys.count - 1], older: Array(keys.dropLast()), random: random)
  }

  /// A key of 32 bytes for something else than sealing, such as hashes that must stay comparable. It comes from the first
  /// version and so stays the same when versions are added.
  package func derivedKey(for purpose: String) -> Redacted<[UInt8]> {
    Redacted(HMACSHA256.code(for: Array(purpose.utf8), key: keys[0].bytes.reveal()))
  }

  /// The same of every version, oldest first: for what moves on to a new key bit by bit.
  package func derivedKeys(for purpose: String) -> [(version: Int, bytes: Redacted<[UInt8]>)] {
    keys.map { (Int($0.id), Redacted(HMACSHA256.code(for: Array(purpose.utf8), key: $0.bytes.reveal()))) }
  }

  private init(keys: [Sealer.Key]) {
    self.keys = keys
  }

  private init(parsing text: String, path: String) throws(KeyRingError) {
    var keys: [Sealer.Key] = []
    for line in text.split(separator: "\n") where !line.hasPrefix("#") {
      let parts = line.split(separator: " ")
      guard parts.count == 2, let id = UInt32(parts[0]), id > keys.last?.id ?? 0,
        let bytes = Base64.standard.decode(parts[1]), bytes.count == 32
      else {
        throw .unusable(path, reason: "line \(keys.count + 1) is no version and key, or the versions do not rise")
      }
      keys.append(Sealer.Key(id: id, bytes: Redacted(bytes)))
    }
    guard !keys.isEmpty else { throw .unusable(path, reason: "it has no key") }
    self.keys = keys
  }

  private var text: String {
    keys.map { "\($0.id) \(Base64.standard.encode($0.bytes.reveal()))\n" }.joined()
  }
}

package enum KeyRingError: Error, Sendable, Hashable, CustomStringConvertible {
  /// Others than the owner may read or write it; the mode is octal.
  case exposed(String, mode: String)
  /// It belongs to another user.
  case foreign(String)
  case unusable(String, reason: String)

  package var description: String {
    switch self {
    case .exposed(let path, let mode):
      "The key file \(path) has mode \(mode), so that others than its owner can use it. Run: chmod 600 \(path) "
        + "- and if others may have read it, add a new version and seal anew."
    case .foreign(let path):
      "The key file \(path) belongs to another user. Run Ringback as that user or change the owner with chown."
    case .unusable(let path, let reason):
      "The key file \(path) cannot be used: \(reason). Restore it from the backup; without it sealed data stays closed."
    }
  }
}

/// Files for secrets: never readable by others, not even while they are written.
private enum KeyFile {
  /// Nil when there is no such file.
  static func read(_ path: String) throws(KeyRingError) -> String? {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else {
      if errno == ENOENT { return nil }
      throw failure(path)
    }
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0 else { throw failure(path) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw .unusable(path, reason: "it is no regular file") }
    guard status.st_mode & 0o077 == 0 else { throw .exposed(path, mode: String(status.st_mode & 0o7777, radix: 8)) }
    guard status.st_uid == geteuid() || status.st_uid == 0 else { throw .foreign(path) }
    var bytes = [UInt8](repeating: 0, count: 64 * 1_024)
    let count = Glibc.read(file, &bytes, bytes.count)
    guard count >= 0 else { throw failure(path) }
    return String(decoding: bytes.prefix(count), as: UTF8.self)
  }

  /// Leaves a file that is there already as it is.
  static func create(_ path: String, text: String) throws(KeyRingError) {
    let temporary = try writeAside(path, text: text)
    defer { unlink(temporary) }
    guard link(temporary, path) == 0 || errno == EEXIST else { throw failure(path) }
    syncFolder(of: path)
  }

  static func replace(_ path: String, text: String) throws(KeyRingError) {
    let temporary = try writeAside(path, text: text)
    guard rename(temporary, path) == 0 else { throw failure(path) }
    syncFolder(of: path)
  }

  private static func writeAside(_ path: String, text: String) throws(KeyRingError) -> String {
    guard mkdir(folder(of: path), 0o700) == 0 || errno == EEXIST else { throw failure(folder(of: path)) }
    let temporary = "\(path).\(getpid()).new"
    unlink(temporary)
    let file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw failure(temporary) }
    defer { close(file) }
    let bytes = Array(text.utf8)
    guard write(file, bytes, bytes.count) == bytes.count, fsync(file) == 0 else { throw failure(temporary) }
    return temporary
  }

  /// So that a power cut does not lose a key that rows are sealed with.
  private static func syncFolder(of path: String) {
    let file = open(folder(of: path), O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return }
    fsync(file)
    close(file)
  }

  private static func folder(of path: String) -> String {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  private static func failure(_ path: String) -> KeyRingError {
    .unusable(path, reason: String(cString: strerror(errno)))
  }
}
