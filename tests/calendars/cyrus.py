"""Cyrus, if it is installed: another family of servers. It takes everybody's word for who they are, and only root can start it."""

import imaplib
import os
import shutil
import time
from pathlib import Path

from endpoint import check
from harness import USER, Server, free_port

PROGRAMS = Path("/usr/lib/cyrus/bin")


class Cyrus(Server):
    home = f"/dav/calendars/user/{USER}/"

    @staticmethod
    def is_there():
        return os.getuid() == 0 and all((PROGRAMS / name).exists() for name in ("master", "httpd", "imapd"))

    def __init__(self, folder):
        self.root, self.imap_port = folder / "cyrus", free_port()
        self.root.mkdir()
        for path in (folder, self.root):
            path.chmod(0o755)
        shutil.chown(self.root, "cyrus", "mail")
        super().__init__(folder)
        self.make_user()

    def command(self):
        root, settings = self.root, self.root / "imapd.conf"
        settings.write_text(
            f"configdirectory: {root}/config\ndefaultpartition: default\npartition-default: {root}/spool\n"
            f"proc_path: {root}/proc\nmboxname_lockpath: {root}/lock\nlmtpsocket: {root}/lmtp\nidlesocket: {root}/idle\n"
            f"notifysocket: {root}/notify\nsasl_pwcheck_method: alwaystrue\nsasl_mech_list: PLAIN\nallowplaintext: yes\n"
            "admins: admin\nunixhierarchysep: yes\nhttpmodules: caldav\n"
        )
        for folder in ("config", "spool", "proc", "lock", *(f"config/{name}" for name in ("db", "socket", "log", "msg", "quota", "user"))):
            (root / folder).mkdir(exist_ok=True)
            shutil.chown(root / folder, "cyrus", "mail")
        def service(name, port):
            return f'{name} cmd="{PROGRAMS}/{name}d -C {settings}" listen="127.0.0.1:{port}" prefork=1'
        services = f"{service('http', self.port)}\n{service('imap', self.imap_port)}"
        (root / "cyrus.conf").write_text(f"START {{\n}}\nSERVICES {{\n{services}\n}}\nEVENTS {{\n}}\n")
        return [PROGRAMS / "master", "-D", "-C", settings, "-M", root / "cyrus.conf", "-p", root / "pid"]

    def administer(self, act, *what):
        for _ in range(50):
            try:
                imap = imaplib.IMAP4("127.0.0.1", self.imap_port)
                break
            except OSError:
                time.sleep(0.1)
        else:
            check(False, "Cyrus takes no mail")
        imap.login("admin", "admin")
        answer = getattr(imap, act)(*what)
        check(answer[0] == "OK", f"Cyrus, {act} {what}: {answer}")
        imap.logout()

    def make_user(self):
        self.administer("create", f"user/{USER}")

    def let(self, permissions):
        """Lets its user only read, or write too."""
        rights = {"r": "lrs", "rw": "lrswipkxtecdan"}[permissions]
        self.administer("setacl", f"user/{USER}/#calendars/work", USER, rights)
