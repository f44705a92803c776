"""A private PostgreSQL."""
import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import tempfile

from harness import until


def binaries():
    folders = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"), reverse=True) + [pathlib.Path("/usr/bin"), pathlib.Path("/usr/local/bin")]
    return next((folder for folder in folders if (folder / "initdb").exists()), None)


class Postgres:
    """A server of this process alone, on a socket in a folder of its own. It refuses to run as root."""

    def __init__(self, *settings):
        self.settings = settings or ("fsync=off",)
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="ringback-pg-"))
        names = {user.pw_name for user in pwd.getpwall()}
        self.user = ("postgres" if "postgres" in names else "nobody") if os.geteuid() == 0 else None
        if self.user:
            shutil.chown(self.folder, self.user)
        subprocess.run([binaries() / "initdb", "-D", self.folder / "data", "-U", "test", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"],
                       check=True, capture_output=True, user=self.user, cwd=self.folder)
        self.start()
        self.run("CREATE DATABASE ringback")

    @property
    def url(self):
        return f"postgresql:///ringback?host={self.folder}&user=test"

    def start(self):
        with open(self.folder / "server.log", "ab") as log:
            self.process = subprocess.Popen(
                [binaries() / "postgres", "-D", self.folder / "data", "-k", self.folder, "-c", "listen_addresses=", *(word for setting in self.settings for word in ("-c", setting))],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, user=self.user, cwd=self.folder)
        until(lambda: subprocess.run(["psql", "-h", self.folder, "-U", "test", "-d", "postgres", "-c", "SELECT 1"], capture_output=True).returncode == 0,
              30, "PostgreSQL to answer")

    def run(self, sql):
        subprocess.run(["psql", "-h", self.folder, "-U", "test", "-d", "postgres", "-c", sql], check=True, capture_output=True)

    def kill(self):
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait(20)

    def remove(self):
        if self.process.poll() is None:
            self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)
