import COpenSSL
import Core
import Glibc

/// What `doctor` wants to know of a certificate.
package enum Certificate {
  /// When the first certificate of a PEM text ends.
  ///
  /// - Throws: `CryptographyError.invalidInput` when there is none.
  package static func expiry(pem: String) throws(CryptographyError) -> Timestamp {
    // The BIO keeps the pointer, so it lives and dies inside the closure.
    let parsed = Array(pem.utf8).withUnsafeBytes { bytes -> OpaquePointer? in
      guard let input = BIO_new_mem_buf(bytes.baseAddress, Int32(bytes.count)) else { return nil }
      defer { BIO_free(input) }
      return PEM_read_bio_X509(input, nil, nil, nil)
    }
    guard let certificate = parsed else { throw .invalidInput("there is no PEM certificate") }
    defer { X509_free(certificate) }
    var time = tm()
    guard let end = X509_get0_notAfter(certificate), ASN1_TIME_to_tm(end, &time) == 1 else {
      throw .invalidInput("the certificate has no readable end")
    }
    return Timestamp(seconds: Int64(timegm(&time)))
  }
}
