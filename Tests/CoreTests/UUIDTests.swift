import Core
import Testing

struct UUIDTests {
  @Test(arguments: [
    ("00000000-0000-4000-8000-000000000000", true), ("4E7F0A52-9c1b-4d6e-8a35-2f6b7c8d9e10", true), ("", false),
    ("4e7f0a529c1b4d6e8a352f6b7c8d9e10", false), ("4e7f0a52-9c1b-4d6e-8a35-2f6b7c8d9e1", false),
    ("4e7f0a52-9c1b-4d6e-8a35-2f6b7c8d9e1g", false), ("{4e7f0a52-9c1b-4d6e-8a35-2f6b7c8d9e10}", false),
    ("4e7f0a52-9c1b-4d6e-8a35-2f6b7c8d9e10-", false), ("4e7f0a52-9c1b-4d6e-8a35/2f6b7c8d9e10", false),
  ])
  func isRecognized(_ text: String, _ isUUID: Bool) {
    #expect(text.isUUID == isUUID)
  }
}
