import Foundation
import Git

if CommandLine.arguments.dropFirst().first == "git-worker" { exit(GitWorker.main()) }
