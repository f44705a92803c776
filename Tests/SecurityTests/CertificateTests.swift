import Core
import Foundation
import Security
import Testing

@Suite struct CertificateTests {
  @Test func readsTheEndOfACertificate() throws {
    let openssl = Process()
    openssl.executableURL = URL(filePath: "/usr/bin/openssl")
    openssl.arguments = [
      "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "/dev/null", "-subj",
      "/CN=test", "-days", "10",
    ]
    let output = Pipe()
    openssl.standardOutput = output
    openssl.standardError = FileHandle.nullDevice
    try openssl.run()
    let pem = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    openssl.waitUntilExit()
    let left = try Certificate.expiry(pem: pem) - SystemTime().now
    #expect(left > .seconds(9 * 86_400) && left <= .seconds(10 * 86_400))
  }

  @Test(arguments: ["", "no certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
  func refusesWhatIsNone(pem: String) {
    #expect(throws: CryptographyError.self) { try Certificate.expiry(pem: pem) }
  }
}
