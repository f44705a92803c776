import Core
import EventLoop
import Glibc
import HTTPMessages
import Testing

@testable import HTTPClient

@Suite(.timeLimit(.minutes(1))) struct AddressRulesTests {
  @Test(arguments: [
    ("1.1.1.1", true), ("8.8.8.8", true), ("93.184.216.34", true), ("9.255.255.255", true), ("11.0.0.0", true),
    ("172.15.255.255", true), ("172.32.0.0", true), ("192.167.255.255", true), ("100.63.255.255", true),
    ("100.128.0.0", true), ("223.255.255.255", true), ("0.0.0.0", false), ("10.0.0.1", false), ("100.64.0.1", false),
    ("127.0.0.1", false), ("127.255.255.255", false), ("169.254.169.254", false), ("172.16.0.1", false),
    ("172.31.255.255", false), ("192.0.0.192", false), ("192.0.2.1", false), ("192.168.1.1", false),
    ("198.18.0.1", false), ("198.19.255.255", false), ("203.0.113.9", false), ("224.0.0.1", false),
    ("255.255.255.255", false), ("168.63.129.16", false), ("2606:4700::1111", true), ("2a00:1450:4001::1", true),
    ("::", false), ("::1", false), ("::ffff:127.0.0.1", false), ("::ffff:8.8.8.8", false), ("::127.0.0.1", false),
    ("fe80::1", false), ("fc00::1", false), ("fd00:ec2::254", false), ("ff02::1", false), ("fec0::1", false),
    ("2001::1", false), ("2001:db8::1", false), ("2001:200::1", true), ("2002:7f00:1::", false),
    ("2002:808:808::", true), ("64:ff9b::7f00:1", false), ("64:ff9b::808:808", true), ("64:ff9b:1::1", false),
    ("100::1", false), ("3fff::1", false), ("3fff:1000::1", true),
  ])
  func onlyPublicAddressesAreCalled(text: String, isPublic: Bool) {
    if text.contains(":") {
      var address = in6_addr()
      #expect(inet_pton(AF_INET6, text, &address) == 1)
      #expect(AddressRules.isPublic(ipv6: withUnsafeBytes(of: address) { Array($0) }) == isPublic)
      var socket = sockaddr_in6()
      (socket.sin6_family, socket.sin6_addr) = (sa_family_t(AF_INET6), address)
      #expect(withUnsafeBytes(of: socket) { AddressRules.isPublic($0, family: AF_INET6) } == isPublic)
    } else {
      var socket = sockaddr_in()
      socket.sin_family = sa_family_t(AF_INET)
      #expect(inet_pton(AF_INET, text, &socket.sin_addr) == 1)
      #expect(withUnsafeBytes(of: socket) { AddressRules.isPublic($0, family: AF_INET) } == isPublic)
    }
  }

  @Test(arguments: ["127.0.0.1", "localhost", "0.0.0.0", "0x7f000001", "[::1]", "[::ffff:127.0.0.1]"])
  func aGuardedClientOpensNoConnection(host: String) async throws {
    let rig = try Rig(FaultPeer(answering: response())) {
      $0.requiresPublicAddress = true
      $0.allowsPlainHTTP = true
    }
    var error: HTTPClientError?
    do throws(HTTPClientError) {
      _ = try await rig.client.send(OutgoingRequest(.get, "http://\(host):\(rig.peer.port)/"))
    } catch let thrown {
      error = thrown
    }
    #expect(error?.isRefused == true, "\(String(describing: error))")
    #expect(rig.peer.connectionCount == 0)
    await rig.end()
  }
}
