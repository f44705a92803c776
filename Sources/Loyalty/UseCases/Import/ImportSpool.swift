import Core
import Glibc
import Synchronization

/// What some lines of a file come to.
struct ImportRows: Sendable {
  /// The rows by the first bits of their customers' hashes, one behind the other.
  private(set) var partitions: [[UInt8]]
  private(set) var count: Int64 = 0
  private(set) var points: Int64 = 0
  var faults: [ImportFault] = []

  /// - Parameter bytes: how many the lines are.
  init(partitions: Int, bytes: Int) {
    self.partitions = Array(repeating: [], count: partitions)
    for index in self.partitions.indices { self.partitions[index].reserveCapacity(3 * bytes / partitions) }
  }

  /// Which partition rows of that order are in: each has as many hashes as the next, and lower ones than the next.
  private func partition(of order: UInt64) -> Int { Int(order.multipliedFullWidth(by: UInt64(partitions.count)).high) }

  mutating func add(
    _ row: ImportRow, older: [CustomerHash], reason: UnsafeRawBufferPointer, reference: UnsafeRawBufferPointer
  ) {
    row.write(older: older, reason: reason, reference: reference, to: &partitions[partition(of: row.order)])
    count += 1
    points += row.change
  }
}

/// The checked rows of a file, apart by their customers' hashes, so that each account is made and written once, however large
/// the file is and wherever its lines stand.
///
/// Files without a name: they are gone when this is, or the process.
final class ImportSpool: Sendable {
  private struct File {
    let descriptor: Int32
    var size = 0
  }

  private let files: Mutex<[File]>
  private let folder: String

  /// - Parameter folder: where there is room for some hundred bytes a line.
  init(in folder: String, partitions: Int) throws(ImportFile.Failure) {
    var made: [File] = []
    for _ in 0..<partitions {
      var name = Array("\(folder)/import-XXXXXX".utf8CString)
      let descriptor = mkstemp(&name)
      guard descriptor >= 0 else {
        let reason = String(cString: strerror(errno))
        for file in made { close(file.descriptor) }
        throw .spool(folder, reason)
      }
      unlink(name)
      _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
      made.append(File(descriptor: descriptor))
    }
    files = Mutex(made)
    self.folder = folder
  }

  deinit {
    for file in files.withLock({ $0 }) where file.descriptor >= 0 { close(file.descriptor) }
  }

  /// Adds rows behind those that are there.
  func add(_ rows: ImportRows) throws(ImportFile.Failure) {
    let isDone = files.withLock { files in
      for (index, bytes) in rows.partitions.enumerated() {
        guard Self.write(bytes, to: files[index]) else { return false }
        files[index].size += bytes.count
      }
      return true
    }
    if !isDone { throw .spool(folder, String(cString: strerror(errno))) }
  }

  private static func write(_ bytes: [UInt8], to file: File) -> Bool {
    bytes.withUnsafeBytes { bytes in
      var done = 0
      while done < bytes.count {
        let count = pwrite(
          file.descriptor, bytes.baseAddress! + done, bytes.count - done, off_t(file.size + done))
        guard count > 0 else { return false }
        done += count
      }
      return true
    }
  }

  /// Takes a partition out: what it lay in is free again.
  func take(_ index: Int) throws(ImportFile.Failure) -> ImportPartition {
    let file = files.withLock { files in
      defer { files[index] = File(descriptor: -1) }
      return files[index]
    }
    defer { close(file.descriptor) }
    var isWhole = true
    let bytes = [UInt8](unsafeUninitializedCapacity: file.size) { buffer, count in
      while count < file.size {
        let read = pread(file.descriptor, buffer.baseAddress! + count, file.size - count, off_t(count))
        guard read > 0 else {
          isWhole = false
          return
        }
        count += read
      }
    }
    guard isWhole else { throw .spool(folder, String(cString: strerror(errno))) }
    return ImportPartition(bytes)
  }
}
