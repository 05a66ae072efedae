# SPDX-License-Identifier: MIT
"""PostgreSQL, MariaDB and SQLite: servers that refuse to run as root do it as a user without rights."""

import os
import shutil
import signal

from world import LOADS, REAL, Row

BIN = "/usr/lib/postgresql/15/bin/"


def as_user(w, user):
    """What this world starts from here on runs as this user, whose the folder is."""
    if os.getuid() == 0:
        shutil.chown(w.dir, user)
        w.user = user


def sql(name):
    return os.path.join(LOADS, name)


def postgres(w):
    """initdb, pgbench with eight connections, queries with parallel workers, sorts on disk, JSON, functions, vacuum, restart."""
    as_user(w, "postgres")
    data = w.dir + "/data"
    w.run(BIN + "initdb", "-D", data, "-A", "trust", "-E", "UTF8", "--locale=C", "-N", "-U", "postgres")
    settings = [f"-c{s}" for s in ("listen_addresses=", "unix_socket_directories=" + w.dir, "fsync=off", "work_mem=1MB",
                                   "min_parallel_table_scan_size=0", "parallel_setup_cost=0", "autovacuum=on",
                                   "max_connections=40", "log_min_messages=warning")]

    def tool(name, *args):
        return w.tool(BIN + name, "-h", w.dir, "-U", "postgres", *args)
    result = ""
    for script in ("postgres.sql", "postgres_again.sql"):
        with w.server(BIN + "postgres", "-D", data, *settings) as server:
            server.until("it answers", lambda: tool("pg_isready"))
            if script == "postgres.sql":
                tool("pgbench", "-i", "-q", "-s", "3", "postgres")
                tool("pgbench", "-n", "-c", "8", "-j", "2", "-t", "150", "postgres")
            result += tool("psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-f", sql(script), "postgres")
            server.stop(signal.SIGINT)
    return result


def mariadb(w):
    """Its installation, tables in InnoDB, Aria and memory, joins, sorts, procedures, restart."""
    as_user(w, "nobody")
    data, path = w.dir + "/data", w.dir + "/s"
    common = ("--no-defaults", "--datadir=" + data)
    w.run("mariadb-install-db", *common, "--auth-root-authentication-method=normal", "--skip-test-db", status=0)

    def client(*args, **more):
        return w.tool("mariadb", "--no-defaults", "-S", path, "-u", "root", "-N", *args, **more)
    result = ""
    for script in ("mariadb.sql", "mariadb_again.sql"):
        with w.server("mariadbd", *common, "--socket=" + path, "--skip-networking", "--pid-file=" + w.dir + "/pid",
                      "--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=32M",
                      "--lc-messages-dir=/usr/share/mysql") as server:
            server.until("it answers", lambda: client("-e", "select 1"))
            with open(sql(script), encoding="utf-8") as f:
                result += client("-f", stdin=f.read())
            server.stop()
    return result


def sqlite(w):
    return w.run("bash", REAL + "/database.sh", w.dir)


ROWS = [Row("sqlite", sqlite), Row("postgresql", postgres), Row("mariadb", mariadb)]
