import Core
import HTTPClient
import HTTPMessages
import Recording
import Testing

@testable import GenesysCloud

@Suite struct RecordingTests {
  private static let conversation = "0b8f6a54-11f0-4f0a-9c35-6d6c6f1f5a10"

  let bench = Bench()

  private func set(
    _ state: RecordingState, of conversation: String = conversation, by client: GenesysClient
  ) async -> RecordingControlError? {
    do throws(RecordingControlError) {
      try await client.setRecording(state, of: conversation, context: bench.context())
      return nil
    } catch {
      return error
    }
  }

  private func beginCall() async -> JSONValue {
    await bench.control(.post, "/_genesys/conversations", #"{"id":"\#(Self.conversation)"}"#)
  }

  private func endCall() async -> JSONValue {
    await bench.control(.post, "/_genesys/conversations/\(Self.conversation)/end")
  }

  @Test func pausesAndResumes() async throws {
    #expect(await beginCall()["recordingState"] == "ACTIVE")
    let client = bench.client()
    #expect(await set(.paused, by: client) == nil)
    #expect(try JSONValue(parsing: bench.http.sent.last?.body ?? []) == ["recordingState": "PAUSED"])
    #expect(await set(.active, by: client) == nil)
    #expect(await set(.paused, by: client) == nil)
    #expect(await endCall()["recordingState"] == "PAUSED")
  }

  @Test func tellsAConversationThatIsOverFromOneThatThereNeverWas() async {
    let client = bench.client()
    #expect(await set(.paused, by: client) == .unknownConversation)
    #expect(await set(.paused, of: "../users", by: client) == .unknownConversation)
    _ = await beginCall()
    _ = await endCall()
    #expect(await set(.active, by: client) == .conversationEnded)
  }

  @Test(arguments: [
    (400, RecordingControlError.notDone(reason: "Genesys Cloud answered 400 without a code", retryAfter: nil)),
    (409, .notDone(reason: "Genesys Cloud answered 409 without a code", retryAfter: nil)),
    (403, .notDone(reason: "Genesys Cloud answered 403 without a code", retryAfter: nil)),
    (503, .notDone(reason: "Genesys Cloud answered 503 without a code", retryAfter: nil)),
    (500, .unknown(reason: "Genesys Cloud answered 500 without a code")),
  ])
  func tellsWhatBecameOfIt(status: Int, error: RecordingControlError) async {
    _ = await beginCall()
    bench.http.answerNext(.patch, status: status, times: 1)
    #expect(await set(.paused, by: bench.client()) == error)
  }
}
