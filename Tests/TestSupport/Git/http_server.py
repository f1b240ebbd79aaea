"""Serves the bare repositories beneath a folder over smart HTTP, through `git http-backend`, with faults on demand.

usage: http_server.py ROOT [--password-file FILE --user NAME] [--certificate FILE --key FILE]

Prints `listening PORT` once it does. A file `fault` beneath ROOT, read at each request, makes it misbehave:

    stall            accepts, reads the request, and says nothing
    stall-pack N     sends N bytes of the pack and then nothing more
    truncate N       cuts the connection after N bytes of the pack
    redirect URL     redirects everything to URL, followed by the request's path
    status CODE      answers everything with this status
    page             answers everything with a page of HTML
"""

import argparse
import base64
import http.server
import os
import ssl
import subprocess
import time
import urllib.parse


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.answer(b"")

    def do_POST(self):
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            body = b""
            while size := int(self.rfile.readline().split(b";")[0], 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        else:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.answer(body)

    def fault(self):
        try:
            with open(os.path.join(self.server.root, "fault")) as file:
                return file.read().split() or [""]
        except FileNotFoundError:
            return [""]

    def answer(self, body):
        name, *arguments = self.fault()
        print(self.command, self.path, name, flush=True)
        if name == "stall":
            time.sleep(3600)
        if name == "redirect":
            return self.reply(302, {"Location": arguments[0] + self.path})
        if name == "status":
            return self.reply(int(arguments[0]), {})
        if name == "page":
            return self.reply(200, {"Content-Type": "text/html"}, b"<html>not Git</html>")
        if self.server.credentials and not self.authorized():
            return self.reply(401, {"WWW-Authenticate": 'Basic realm="git"'})
        status, headers, content = self.backend(body)
        if self.command == "POST" and name in ("truncate", "stall-pack"):
            self.start(status, headers, len(content))
            self.wfile.write(content[: int(arguments[0])])
            self.wfile.flush()
            if name == "stall-pack":
                time.sleep(3600)
            self.close_connection = True
            return
        self.reply(status, headers, content)

    def authorized(self):
        scheme, _, value = self.headers.get("Authorization", "").partition(" ")
        return scheme == "Basic" and base64.b64decode(value) == self.server.credentials

    def backend(self, body):
        path, _, query = self.path.partition("?")
        environment = {
            "PATH": os.environ["PATH"],
            "GIT_PROJECT_ROOT": self.server.root,
            "GIT_HTTP_EXPORT_ALL": "1",
            "GIT_CONFIG_NOSYSTEM": "1",
            "HOME": self.server.root,
            "REQUEST_METHOD": self.command,
            "PATH_INFO": urllib.parse.unquote(path),
            "QUERY_STRING": query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "REMOTE_ADDR": self.client_address[0],
        }
        if encoding := self.headers.get("Content-Encoding"):
            environment["HTTP_CONTENT_ENCODING"] = encoding
        output = subprocess.run(["git", "http-backend"], input=body, env=environment, stdout=subprocess.PIPE).stdout
        head, _, content = output.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n") if line)
        status = int(headers.pop("Status", "200").split()[0])
        return status, headers, content

    def start(self, status, headers, length):
        self.send_response(status)
        for name, value in headers.items():
            if name.lower() != "content-length":
                self.send_header(name, value)
        self.send_header("Content-Length", str(length))
        self.end_headers()

    def reply(self, status, headers, content=b""):
        self.start(status, headers, len(content))
        self.wfile.write(content)

    def log_message(self, format, *arguments):
        pass


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("root")
    parser.add_argument("--user")
    parser.add_argument("--password-file")
    parser.add_argument("--certificate")
    parser.add_argument("--key")
    options = parser.parse_args()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.root = options.root
    server.credentials = None
    if options.user:
        with open(options.password_file) as file:
            server.credentials = f"{options.user}:{file.read().strip()}".encode()
    if options.certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(options.certificate, options.key)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    print("listening", server.server_port, flush=True)
    server.serve_forever()


main()
