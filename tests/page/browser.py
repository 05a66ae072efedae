# SPDX-License-Identifier: MIT
"""Headless Chromium by chromedriver, `memgov serve`, and programs that share a folder of sockets."""

import os
import shutil
import subprocess
import tempfile

from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By

from governed import BUILD, Program, expect, expect_true, until

MEMGOV = os.path.join(BUILD, "memgov")
PYTHON = "/usr/bin/python3"


class Machine:
    """A folder of sockets, the programs that are governed there, and a server for them. Closed as a whole."""

    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix="memgov-page-")
        self.sockets = os.path.join(self.dir, "sockets")
        self.programs = []
        self.server = None
        self.url = None

    def start(self, args, **env):
        p = Program(args, {"MEMGOV_SOCKET_DIR": self.sockets, **env}, start="now")
        self.programs.append(p)
        p.sockets = self.sockets
        p.wait_socket()
        return p

    def serve(self, *args, listen="127.0.0.1:0"):
        """Starts the server; the address that it prints, with the token where there is one."""
        env = {**os.environ, "MEMGOV_SOCKET_DIR": self.sockets}
        self.server = subprocess.Popen([MEMGOV, "serve", "--listen", listen, *args], env=env, stdin=subprocess.DEVNULL,
                                       stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        address = self.server.stdout.readline().strip()
        expect_true("the server says its address", address.startswith("http://"), address or self.server.communicate()[1])
        self.url = address.partition("#")[0]
        return address

    def stop_server(self):
        if self.server:
            self.server.kill()
            self.server.communicate()
            self.server = None

    def close(self):
        self.stop_server()
        for p in self.programs:
            p.close()
        shutil.rmtree(self.dir, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Browser:
    """One for all cases; a case begins with an empty session, as every server has an origin of its own."""

    def __init__(self):
        options = Options()
        options.binary_location = "/usr/bin/chromium"
        for word in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"):
            options.add_argument(word)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.driver = webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)
        self.size(1280, 800)

    def size(self, width, height):
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
                                    {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False})

    def scheme(self, name):
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia",
                                    {"features": [{"name": "prefers-color-scheme", "value": name}]})

    def open(self, url):
        self.driver.get("about:blank")  # else a change behind the # would not load anything
        self.driver.get(url)

    def run(self, script, *args):
        return self.driver.execute_script(script, *args)

    def all(self, selector):
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def one(self, selector):
        found = self.all(selector)
        expect_true(f"{selector} is there", found)
        return found[0]

    def text(self, selector):
        """As it is in the document, whether it can be seen or not; None when there is none."""
        return self.run("return document.querySelector(arguments[0])?.textContent ?? null", selector)

    def texts(self, selector):
        return self.run("return [...document.querySelectorAll(arguments[0])].map((e) => e.textContent)", selector)

    def is_shown(self, selector):
        return any(e.is_displayed() for e in self.all(selector))

    def wait_text(self, selector, check):
        """Until check(text) is true; the text."""
        seen = []

        def look():
            seen[:] = [self.text(selector)]
            return seen[0] is not None and check(seen[0])
        until(f"the text of {selector}, which is now {seen}", look)
        return seen[0]

    def rows(self):
        """What the table shows: pid to a dict of column to text."""
        return {int(r["pid"]): r for r in self.run("""
            return [...document.querySelectorAll("#table tbody tr")].map((tr) => Object.fromEntries([...tr.cells].map((c) =>
                [c.className.match(/c-(\\w+)/)[1], c.textContent])))""")}

    def order(self, column):
        return self.texts(f"#table tbody .c-{column}")

    def complaints(self, expected=()):
        """What the page has logged since the last call, but for failed requests where a case provokes them."""
        return [e["message"] for e in self.driver.get_log("browser") if e["source"] not in expected]

    def close(self):
        self.driver.quit()


def check_quiet(browser, expected=()):
    """The end of a case: the page is left before its server goes."""
    complaints = browser.complaints(expected)
    browser.driver.get("about:blank")
    expect("what the browser complains of", complaints, [])
