import COpenSSL

/// AES-256-GCM by OpenSSL's EVP (NIST SP 800-38D).
enum AESGCM {
  static func encrypt(
    _ plaintext: [UInt8], key: [UInt8], nonce: [UInt8], authenticating data: [UInt8]
  ) throws(CryptographyError) -> (ciphertext: [UInt8], tag: [UInt8]) {
    try check(key: key, nonce: nonce)
    guard let context = EVP_CIPHER_CTX_new() else { throw .library("no memory") }
    defer { EVP_CIPHER_CTX_free(context) }
    var ciphertext = [UInt8](repeating: 0, count: plaintext.count)
    var tag = [UInt8](repeating: 0, count: 16)
    var length: Int32 = 0
    guard EVP_EncryptInit_ex(context, EVP_aes_256_gcm(), nil, key, nonce) == 1,
      data.isEmpty || EVP_EncryptUpdate(context, nil, &length, data, Int32(data.count)) == 1,
      plaintext.isEmpty
        || EVP_EncryptUpdate(context, &ciphertext, &length, plaintext, Int32(plaintext.count)) == 1,
      EVP_EncryptFinal_ex(context, nil, &length) == 1,
      EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, 16, &tag) == 1
    else { throw .library("AES-256-GCM encryption failed") }
    return (ciphertext, tag)
  }

  static func decrypt(
    _ ciphertext: [UInt8], tag: [UInt8], key: [UInt8], nonce: [UInt8], authenticating data: [UInt8]
  ) throws(CryptographyError) -> [UInt8] {
    try check(key: key, nonce: nonce)
    guard tag.count == 16 else { throw .notAuthentic }
    guard let context = EVP_CIPHER_CTX_new() else { throw .library("no memory") }
    defer { EVP_CIPHER_CTX_free(context) }
    var plaintext = [UInt8](repeating: 0, count: ciphertext.count)
    var tag = tag
    var length: Int32 = 0
    guard EVP_DecryptInit_ex(context, EVP_aes_256_gcm(), nil, key, nonce) == 1,
      data.isEmpty || EVP_DecryptUpdate(context, nil, &length, data, Int32(data.count)) == 1,
      ciphertext.isEmpty
        || EVP_DecryptUpdate(context, &plaintext, &length, ciphertext, Int32(ciphertext.count)) == 1,
      EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, 16, &tag) == 1
    else { throw .library("AES-256-GCM decryption failed") }
    guard EVP_DecryptFinal_ex(context, nil, &length) == 1 else { throw .notAuthentic }
    return plaintext
  }

  private static func check(key: [UInt8], nonce: [UInt8]) throws(CryptographyError) {
    guard key.count == 32, nonce.count == 12 else { throw .invalidInput("AES-256-GCM takes 32 and 12 bytes") }
  }
}
