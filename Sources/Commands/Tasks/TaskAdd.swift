import API
import ArgumentParser
import ControllerClient
import Core

struct TaskAdd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Add a task: a Git repository whose tags the controller builds and rolls out.",
        discussion: """
            Files of credentials are on the controller's machine, and only their paths are sent. A password never \
            belongs into the URL.
            """
    )

    @Argument(help: "The task's name, as in its fedops.yaml.")
    var name: String

    @Argument(help: "The repository: https://…, ssh://…, git@host:path, http://… or file://….")
    var url: String

    @Option(help: "The branch that must hold a tag's commit.")
    var branch = "main"

    @Option(help: "Which tags count: a glob such as 'v*', or a range such as '>=1.2 <2'.")
    var tags = "*"

    @Option(help: "Path of the flow inside the repository.")
    var flow = "fedops.yaml"

    @Option(help: "How often the repository is looked at.")
    var interval = FlowDuration.seconds(30)

    @Option(help: "What is deployed: new tags, or every push to the branch.")
    var deployOn = SourceSpec.DeployOn.tag

    @OptionGroup(title: "Credentials") var credentials: CredentialOptions
    @OptionGroup var waiting: WaitOptions
    @OptionGroup var options: GlobalOptions

    func validate() throws {
        guard Names.isValid(name) else {
            throw ValidationError("\"\(SafeText.line(name))\" can't name a task: \(Names.rule)")
        }
        do { _ = try TagRule(tags) } catch { throw ValidationError("\(error)") }
        guard interval >= .seconds(1) else { throw ValidationError("--interval is at least 1s") }
    }

    func run() async throws {
        let spec = SourceSpec(
            url: url,
            branch: branch,
            tags: tags,
            flow: flow,
            interval: interval.seconds,
            deployOn: deployOn,
            credentials: credentials.files
        )
        let client = try options.client()
        var task = try await client.addTask(TaskRequest(name: name, source: spec))
        if waiting.wait {
            let watch = TaskArrival(client: client, task: name, watch: Watch(timeout: waiting.limit.timeout))
            task = try await watch.run()
        }
        try options.output.print(task) { console in
            waiting.wait ? TaskPage(task, console).lines : ["task \(SafeText.line(task.name)) added"]
        }
    }
}

struct CredentialOptions: ParsableArguments {
    @Option(help: "User name for https.")
    var username: String?

    @Option(help: ArgumentHelp("File with the password or access token for https.", valueName: "file"))
    var passwordFile: String?

    @Option(help: ArgumentHelp("File with the private key for ssh.", valueName: "file"))
    var sshKeyFile: String?

    @Option(help: ArgumentHelp("File with the passphrase of that key.", valueName: "file"))
    var sshPassphraseFile: String?

    @Option(
        help: ArgumentHelp(
            "Host key that an ssh server must show, as 'ssh-keygen -l' prints it; may be repeated.",
            valueName: "SHA256:…"
        )
    )
    var hostKey: [String] = []

    @Option(help: ArgumentHelp("PEM file of certificate authorities for https.", valueName: "file"))
    var caFile: String?

    /// Nil where none was given.
    var files: CredentialFiles? {
        var files = CredentialFiles()
        files.username = username
        files.passwordFile = passwordFile
        files.sshKeyFile = sshKeyFile
        files.sshPassphraseFile = sshPassphraseFile
        files.hostKeys = hostKey.isEmpty ? nil : hostKey
        files.caFile = caFile
        return files == CredentialFiles() ? nil : files
    }
}

extension SourceSpec.DeployOn: ExpressibleByArgument {}
