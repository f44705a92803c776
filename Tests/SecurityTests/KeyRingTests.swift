import Core
import Glibc
import Security
import Testing

@Suite struct KeyRingTests {
  private let folder = TemporaryFolder()
  private let random = SeededRandom(seed: 3)
  private var path: String { folder.path + "/keys/master" }

  @Test func isMadeOnFirstStartForItsOwnerOnly() throws {
    let sealed = try KeyRing.load(path: path, random: random).sealer(random: random).seal([1, 2, 3], in: "t/1/c")
    var status = stat()
    #expect(stat(path, &status) == 0)
    #expect(status.st_mode & 0o777 == 0o600)
    let again = try KeyRing.load(path: path, random: random)
    #expect(again.version == 1)
    #expect(try again.sealer(random: random).open(sealed, in: "t/1/c") == [1, 2, 3])
  }

  @Test func aNewVersionSealsAndTheOldOneStillOpens() throws {
    let old = try KeyRing.load(path: path, random: random).sealer(random: random).seal([7], in: "p")
    #expect(try KeyRing.addVersion(path: path, random: random).version == 2)
    let ring = try KeyRing.load(path: path, random: random)
    let new = try ring.sealer(random: random).seal([7], in: "p")
    #expect(Array(new[1..<5]) == [0, 0, 0, 2])
    #expect(try ring.sealer(random: random).open(old, in: "p") == [7])
  }

  @Test(arguments: [0o640, 0o604, 0o620, 0o601] as [mode_t])
  func refusesAFileThatOthersCanUse(mode: mode_t) throws {
    _ = try KeyRing.load(path: path, random: random)
    chmod(path, mode)
    let error = #expect(throws: KeyRingError.exposed(path, mode: String(mode, radix: 8))) {
      try KeyRing.load(path: path, random: random)
    }
    #expect(error?.description.contains("chmod 600 \(path)") == true)
  }

  @Test func takesAFileThatIsReadOnly() throws {
    _ = try KeyRing.load(path: path, random: random)
    chmod(path, 0o400)
    #expect(try KeyRing.load(path: path, random: random).version == 1)
  }

  @Test(arguments: [
    "", "1 short\n", "one AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
    "2 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n1 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
  ])
  func refusesADamagedFile(text: String) throws {
    _ = try KeyRing.load(path: path, random: random)
    let file = open(path, O_WRONLY | O_TRUNC)
    write(file, text, text.utf8.count)
    close(file)
    #expect(throws: KeyRingError.self) { try KeyRing.load(path: path, random: random) }
  }

  @Test func theErrorSaysWhyAFileCannotBeMade() {
    let path = folder.path + "/missing/keys/master"
    #expect(throws: KeyRingError.unusable("\(folder.path)/missing/keys", reason: "No such file or directory")) {
      try KeyRing.load(path: path, random: random)
    }
  }
}

/// A private folder that goes with the test.
private final class TemporaryFolder: Sendable {
  let path: String

  init() {
    var template = Array("/tmp/ringback-keys-XXXXXX".utf8CString)
    let made = mkdtemp(&template)
    precondition(made != nil, "no folder under /tmp")
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit {
    unlink(path + "/keys/master")
    rmdir(path + "/keys")
    rmdir(path)
  }
}
