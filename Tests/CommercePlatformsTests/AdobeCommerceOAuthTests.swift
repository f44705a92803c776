import Core
import HTTPMessages
import Testing

@testable import CommercePlatforms

@Suite struct AdobeCommerceOAuthTests {
  /// RFC 5849, sections 3.4.1.1 and 3.4.1.3.
  @Test func buildsTheBaseStringOfTheStandard() {
    let signature = OAuth1Signature(
      method: .post, url: "http://EXAMPLE.COM:80/request?b5=%3D%253D&a3=a&c%40=&a2=r%20b",
      form: [("c2", ""), ("a3", "2 q")])
    #expect(
      signature.baseString([
        ("oauth_consumer_key", "9djdj82h48djs9d2"), ("oauth_token", "kkk9d7dh3k39sjv7"),
        ("oauth_signature_method", "HMAC-SHA1"), ("oauth_timestamp", "137131201"), ("oauth_nonce", "7d8f3e4a"),
      ])
        == "POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D%253D%25253D%26c%2540"
        + "%3D%26c2%3D%26oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a%26oauth_signature_method%3D"
        + "HMAC-SHA1%26oauth_timestamp%3D137131201%26oauth_token%3Dkkk9d7dh3k39sjv7")
  }

  @Test(arguments: [
    ("https://Shop.Example:443/rest", "https://shop.example/rest"), ("http://shop.example", "http://shop.example/"),
    ("https://shop.example:8443/A/b", "https://shop.example:8443/A/b"),
    ("http://shop.example:443/", "http://shop.example:443/"),
  ])
  func leavesOutThePortThatTheSchemeHas(url: String, expected: String) {
    #expect(OAuth1Signature.baseURI(url) == expected)
  }

  /// The request of RFC 5849, section 1.2, signed with SHA-256 in place of SHA-1 and with `oauth_version`. The code was
  /// computed apart from us, by a program whose SHA-1 is the one that the RFC prints.
  @Test func signsWithBothSecrets() {
    let header = OAuth1Signature(
      method: .get, url: "http://photos.example.net/photos?file=vacation.jpg&size=original"
    ).header(
      OAuth1Credentials(
        consumerKey: "dpf43f3p2l4k3l03", consumerSecret: Redacted("kd94hf93k423kf44"), token: "nnch734d00sl2jdk",
        tokenSecret: Redacted("pfkkdhi9sl3r4s00")), nonce: "chapoH", timestamp: 137_131_202)
    #expect(
      header
        == #"OAuth oauth_consumer_key="dpf43f3p2l4k3l03", oauth_nonce="chapoH", oauth_signature_method="HMAC-SHA256", "#
        + #"oauth_timestamp="137131202", oauth_token="nnch734d00sl2jdk", oauth_version="1.0", "#
        + #"oauth_signature="rAAvYu1BQL0v7E7CJl81nKGKZdQr4XFo7E7vbGJxPz4%3D""#)
  }

  @Test func printsNoSecret() {
    let credentials = OAuth1Credentials(
      consumerKey: "k", consumerSecret: Redacted("s3cret"), token: "t", tokenSecret: Redacted("s3cret"))
    #expect(!"\(credentials)".contains("s3cret"))
  }
}
