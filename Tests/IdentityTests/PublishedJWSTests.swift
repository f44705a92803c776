import Core
import FoundationEssentials
import Security
import Testing

@testable import Identity

/// The cases of Project Wycheproof for JSON Web Signatures.
@Suite struct PublishedJWSTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let key: JSONValue
    let tree: JSONValue
    var testDescription: String { "tcId \(tree["tcId"]?.integer ?? 0) \(tree["comment"]?.string ?? "")" }
  }

  @Test(arguments: cases)
  func agrees(vector: Case) throws {
    let kid = try #require(vector.key["kid"]?.string)
    let keys = JSONWebKeySet.parse(
      JSONValue.object([.init("keys", [vector.key])]).bytes, accepting: [.es256, .rs256])
    let key = try #require(keys?[kid])
    let isValid: Bool
    do throws(TokenFault) {
      let jws = try CompactJWS(vector.tree["jws"]?.string ?? "")
      isValid = try jws.keyID() == kid
      try jws.checkSignature(by: key)
    } catch {
      #expect(vector.tree["result"] == "invalid")
      return
    }
    #expect(isValid == (vector.tree["result"] == "valid"))
  }

  private static let cases: [Case] = {
    let folder = "\(#filePath)".split(separator: "/").dropLast().map { "/\($0)" }.joined()
    let data = FileManager.default.contents(atPath: folder + "/Vectors/json_web_signature_test.json") ?? Data()
    let groups = (try? JSONValue(parsing: data))?["testGroups"]?.array ?? []
    return groups.flatMap { group in
      (group["tests"]?.array ?? []).map { Case(key: group["public"] ?? .null, tree: $0) }
    }
  }()
}
