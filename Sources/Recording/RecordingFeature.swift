import Core
import HTTPServer
import Jobs
import Storage
import Telemetry

/// Secure pause, put together: what `App` gives in, and the routes, jobs and tables that come out.
package struct RecordingFeature: Sendable {
  package static let schema = recordingSchema

  package let routes: [Route]
  /// For the runner of the queue that was given in.
  package let jobHandlers: [any JobHandler]

  /// - Parameter pauseLimit: after this a recording resumes by itself; from a minute to a day.
  package init(
    pauseLimit: Duration, control: any RecordingControl, database: any Database, jobs: JobQueue,
    time: any TimeSource, random: any RandomSource, logger: Logger
  ) {
    let table = PauseTable()
    let resumeRecording = ResumeRecording(table: table, database: database, control: control, time: time)
    let pauseRecording = PauseRecording(
      table: table, database: database, jobs: jobs, control: control, limit: pauseLimit, time: time)
    routes = [PostRecording(pauseRecording: pauseRecording, resumeRecording: resumeRecording).route]
    jobHandlers = [
      ResumeRecordingJob(
        table: table, database: database, resumeRecording: resumeRecording, time: time, random: random, logger: logger)
    ]
  }
}
