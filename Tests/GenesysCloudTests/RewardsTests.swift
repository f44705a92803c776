import Core
import HTTPClient
import HTTPMessages
import Loyalty
import Sandbox
import Testing

@testable import GenesysCloud

/// Rewards by mail, against the simulated Genesys Cloud.
@Suite struct RewardsTests {
  private let bench = Bench()
  private let message = RewardMessage(address: "anna@example.com", subject: "Your reward: Coffee", text: "Code A-1")

  @Test func aRewardIsAnEmail() async throws {
    let client = bench.client { $0.emailFrom = "rewards@northwind.example" }
    let id = try await client.sendReward(message, context: bench.context())
    let item = await bench.control(.get, "/_inbox")["items"]?[0]
    #expect(item?["kind"] == "email" && item?["id"] == .string(id))
  }

  @Test func whatCannotBeSentIsRefused() async throws {
    await #expect(throws: RewardMailError.refused(reason: "no sender address is configured")) {
      try await bench.client().sendReward(message, context: bench.context())
    }
  }

  @Test func aLostAnswerLeavesItInDoubt() async throws {
    let client = bench.client { $0.emailFrom = "rewards@northwind.example" }
    bench.http.answerNext(.post, path: "agentless", status: 502, times: 1)
    await #expect(throws: RewardMailError.unknown(reason: "Genesys Cloud answered 502 without a code")) {
      try await client.sendReward(message, context: bench.context())
    }
  }
}
