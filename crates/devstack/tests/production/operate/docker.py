#!/usr/bin/env python3
"""`docker` for a machine without an engine: the test of docs/operate.md puts it first in PATH.

Every `docker compose` line is first given to the real docker-compose, which refuses unknown verbs, flags and services and only then
misses its engine. What is left is carried out on processes of this machine, with the command, the environment and the folders that
docker-compose resolved; the names of containers become addresses on 127.0.0.1. `settings.json` beside it says where the programs are.
"""
import json, os, pwd, shutil, signal, socket, subprocess, sys, time

HOME = os.path.dirname(os.path.abspath(__file__))
SETTINGS = json.load(open(f"{HOME}/settings.json"))
STATE = f"{HOME}/state.json"
# What listens here, and where in its container.
PORTS = {"auth": 5001, "connectors": 5002, "postgres": 5432, "redis": 6379}
# Images of others that nothing on the page needs to run.
NOT_STARTED = ("prometheus", "grafana")
PATIENCE_S = 30


def fail(text):
    sys.exit(f"docker: {text}")


class Engine:
    def __init__(self, words):
        self.state = json.load(open(STATE)) if os.path.exists(STATE) else \
            {"running": {}, "ports": SETTINGS["ports"], "understood": []}
        with_value = ("--env-file", "-f", "--file", "--profile", "-p")
        at = 0
        while words[at].startswith("-"):
            at += 2 if words[at] in with_value else 1
        self.flags, self.verb, self.words = words[:at], words[at], words[at + 1:]
        if words not in self.state["understood"]:
            env = {**os.environ, "DOCKER_HOST": "unix:///nowhere"}
            asked = subprocess.run([SETTINGS["compose"], *words], env=env, capture_output=True, text=True)
            if "failed to connect to the docker API" not in asked.stderr:
                fail(asked.stderr or asked.stdout or "Compose wants no engine for this")
            self.state["understood"].append(words)
        # Once for each state of the files that the page has somebody edit.
        files = [open(name).read() for name in (".env.prod", ".env.providers") if os.path.exists(name)]
        if self.state.get("files") != [self.flags, *files]:
            resolved = subprocess.check_output([SETTINGS["compose"], *self.flags, "config", "--format", "json"])
            self.state |= {"files": [self.flags, *files], "configuration": json.loads(resolved)}
        self.configuration = self.state["configuration"]
        self.services = self.configuration["services"]

    def save(self):
        json.dump(self.state, open(STATE, "w"))

    # Where a container's things are on this machine.

    def port(self, name):
        if name not in self.state["ports"]:
            with socket.socket() as one:
                one.bind(("127.0.0.1", 0))
                self.state["ports"][name] = one.getsockname()[1]
        return self.state["ports"][name]

    def here(self, text, service):
        places = {}
        for name, port in PORTS.items():
            for before in ("@", "//"):
                places[f"{before}{name}:{port}"] = f"{before}127.0.0.1:{self.port(name + '-1')}"
        for mount in self.services[service].get("volumes", []) if service != "postgres" else []:
            places[mount["target"]] = self.folder(mount)
        for there, place in places.items():
            text = text.replace(there, place)
        return text

    def folder(self, mount):
        if mount["type"] == "bind":
            return mount["source"]
        folder = f"{HOME}/volumes/{self.configuration['volumes'][mount['source']]['name']}"
        os.makedirs(folder, exist_ok=True)
        return folder

    def environment(self, service, number=1):
        given = self.services[service].get("environment") or {}
        env = {key: self.here(value, service) for key, value in given.items() if value is not None}
        env["PATH"] = SETTINGS["path"]
        if service in ("auth", "connectors", "migrate"):
            env |= {"HOST": "127.0.0.1", "PORT": str(self.port(f"{service}-{number}")), "METRICS_ADDR": "127.0.0.1:0"}
        if service == "postgres":
            # Who is inside of its container comes through its socket, and is not asked for a password.
            env |= {"PGHOST": SETTINGS["postgres"], "PGPORT": str(self.port("postgres-1"))}
        if service == "backup":
            env |= {"PGHOST": "127.0.0.1", "PGPORT": str(self.port("postgres-1"))}
            env |= {"BACKUPS": self.here("/backups", service), "SCRATCH": HOME}
        return env

    def command(self, service, words=None):
        one = self.services[service]
        # The images' own: their files say it where Compose's do not.
        program = {"migrate": "connectors"}.get(service, service if service in ("auth", "connectors", "traefik") else None)
        entry = one.get("entrypoint") or ([program] if program else [])
        words = words or one.get("command") or ["serve"]
        told = [self.here(word, service).replace("$$", "$") for word in [*entry, *words]]
        if service == "postgres":
            told = ["postgres", "-D", f"{SETTINGS['postgres']}/data", "-p", str(self.port("postgres-1")), "-c", "fsync=off"]
            told += ["-c", "listen_addresses=127.0.0.1", "-c", f"unix_socket_directories={SETTINGS['postgres']}"]
        if service == "redis":
            port = self.port("redis-1")
            told[-1] = told[-1].replace("valkey-server", SETTINGS["redis"])
            told[-1] = told[-1].replace("printf '", f"printf 'bind 127.0.0.1\\nport {port}\\n")
        if service == "traefik":
            for inside, name in ((":8443", "https"), (":8080", "http"), ("127.0.0.1:5080", "ping")):
                at = f".address=127.0.0.1:{self.port(name)}"
                told = [at.join(word.rsplit(f".address={inside}", 1)) if word.endswith(inside) else word for word in told]
        return told

    # What runs.

    def processes(self, service):
        return self.state["running"].setdefault(service, [])

    def alive(self, process):
        try:
            return open(f"/proc/{process['pid']}/stat").read().split(") ")[1][0] != "Z"
        except FileNotFoundError:
            return False

    def stop(self, service, keep=0):
        for process in self.processes(service)[keep:]:
            if self.alive(process):
                # The backup's schedule waits for a child of its own; Postgres ends its children itself, and as its image says.
                children = open(f"/proc/{process['pid']}/task/{process['pid']}/children").read().split()
                for pid in (process["pid"], *(map(int, children) if service == "backup" else ())):
                    try:
                        os.kill(pid, signal.SIGINT if service == "postgres" else signal.SIGTERM)
                    except ProcessLookupError:
                        pass
                self.until(lambda: not self.alive(process), f"{service} does not end")
        del self.processes(service)[keep:]

    def start(self, service, count):
        # Traefik has to know where the others are before they are there.
        wanted = [(self.command(service), self.environment(service, number)) for number in range(1, count + 1)]
        same = lambda process, new: process["command"] == new[0] and process["env"] == new[1] and self.alive(process)
        if not all(same(*pair) for pair in zip(self.processes(service), wanted)):
            self.stop(service)
        self.stop(service, keep=count)
        for command, env in wanted[len(self.processes(service)):]:
            with open(f"{HOME}/{service}.log", "a") as log:
                more = self.account() if service == "postgres" else {"cwd": HOME}
                child = subprocess.Popen(command, env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=log, **more)
            self.processes(service).append({"pid": child.pid, "command": command, "env": env})
        self.save()

    def healthy(self, service):
        if service in ("auth", "connectors"):
            ask = [service, "health"]
        elif service == "postgres":
            ask = ["psql", "-X", "-U", "connectors", "-c", "select"]
        elif service == "backup":
            ask = self.command(service, ["fresh"])
        elif service == "traefik":
            # It listens before it has read where all that leads.
            ask = ["curl", "--silent", "--insecure", "--fail", f"https://127.0.0.1:{self.port('https')}/health"]
        else:
            ask = ["bash", "-c", f": < /dev/tcp/127.0.0.1/{self.port('redis-1')}"]
        asked = [subprocess.run(ask, env=one["env"], capture_output=True) for one in self.processes(service)]
        return not any(one.returncode for one in asked)

    def until(self, holds, complaint):
        end = time.monotonic() + PATIENCE_S
        while not holds():
            if time.monotonic() > end:
                fail(complaint)
            time.sleep(0.05)

    def up(self, service, count=1):
        for other in self.services[service].get("depends_on", {}):
            self.up(other, len(self.processes(other)) or 1)
        if service in NOT_STARTED:
            return
        if service == "postgres" and not os.path.exists(f"{SETTINGS['postgres']}/data"):
            self.make_postgres()
        if service == "migrate":
            if status := self.run("migrate", []):
                sys.exit(status)
            return
        self.start(service, count)
        self.until(lambda: self.healthy(service), f"{service} is not healthy; {HOME}/{service}.log says why")

    def account(self):
        """Postgres does not run as root, and as somebody else it cannot be everywhere."""
        names = [one.pw_name for one in pwd.getpwall()]
        other = {"user": "postgres" if "postgres" in names else "nobody"} if os.getuid() == 0 else {}
        return {"cwd": "/", **other}

    def make_postgres(self):
        """As the image does with an empty volume: the password is the setting's, and from then on what was made counts."""
        place, account = SETTINGS["postgres"], self.account()
        os.makedirs(place, mode=0o700, exist_ok=True)
        with open(f"{place}/password", "w") as file:
            file.write(self.services["postgres"]["environment"]["POSTGRES_PASSWORD"])
        for one in (place, f"{place}/password"):
            shutil.chown(one, account.get("user", os.getuid()))
        made = ["--username=connectors", "--auth-local=trust", "--auth-host=scram-sha-256", "--encoding=UTF8", "--locale=C"]
        env = self.environment("postgres")
        initdb = ["initdb", *made, "--no-sync", f"--pwfile={place}/password", "--pgdata", f"{place}/data"]
        subprocess.run(initdb, env=env, check=True, stdout=subprocess.DEVNULL, **account)
        single = ["postgres", "--single", "-D", f"{place}/data", "postgres"]
        subprocess.run(single, env=env, check=True, input=b"create database connectors", stdout=subprocess.DEVNULL, **account)

    def remove(self, volume):
        names = {one["name"]: key for key, one in self.configuration["volumes"].items()}
        if volume not in names:
            fail(f"get {volume}: no such volume")
        if any(self.state["running"].values()):
            fail(f"remove {volume}: volume is in use")
        folder = SETTINGS["postgres"] if names[volume] == "postgres" else f"{HOME}/volumes/{volume}"
        shutil.rmtree(folder, ignore_errors=True)

    def run(self, service, words):
        self.save()
        return subprocess.run(self.command(service, words), env=self.environment(service), cwd=HOME).returncode


def positional(words, with_value=()):
    """Without the flags before it; what follows belongs to the command in the container."""
    while words and words[0].startswith("-"):
        words = words[2 if words[0] in with_value else 1:]
    return words


def compose(words):
    engine = Engine(words)
    verb, words = engine.verb, engine.words
    if verb == "up":
        count = dict(words[at + 1].split("=") for at, word in enumerate(words) if word == "--scale")
        for service in positional(words, ("--scale",)) or engine.services:
            engine.up(service, int(count.get(service, 1)))
    elif verb == "run":
        service, *command = positional(words)
        for other in [] if "--no-deps" in words else engine.services[service].get("depends_on", {}):
            engine.up(other, len(engine.processes(other)) or 1)
        sys.exit(engine.run(service, command))
    elif verb == "exec":
        service, *command = positional(words)
        sys.exit(subprocess.run(command, env=engine.environment(service), cwd=HOME).returncode)
    elif verb in ("stop", "down"):
        for service in words or engine.services:
            engine.stop(service)
    elif verb == "restart":
        for service in words:
            engine.stop(service)
            engine.up(service)
    elif verb == "kill":
        _, name, service = words
        for process in engine.processes(service):
            os.kill(process["pid"], getattr(signal, f"SIG{name}"))
    elif verb == "ps":
        for service, processes in engine.state["running"].items():
            print("\n".join(f"{service} {'healthy' if engine.healthy(service) else 'unhealthy'}" for _ in processes))
    elif verb == "logs":
        # What there is until now; nobody would end a command that follows.
        for service in positional(words, ("--tail",)) or engine.state["running"]:
            if os.path.exists(f"{HOME}/{service}.log"):
                print(open(f"{HOME}/{service}.log").read())
    elif verb == "cp":
        source, (service, target) = words[0], words[1].split(":")
        shutil.copy(source, engine.here(target, service))
    elif verb != "pull":
        fail(f"nobody carries out compose {verb} here")
    engine.save()


def buildx(words):
    """Of the engine only: the flags and the stage of the Dockerfile are looked at."""
    known = {"--platform": 1, "--target": 1, "-t": 1, "--push": 0}
    given, places = {}, []
    while words:
        word = words.pop(0)
        if not word.startswith("-"):
            places.append(word)
        elif word not in known:
            fail(f"buildx build does not know {word}")
        else:
            given[word] = words.pop(0) if known[word] else ""
    stages = [line.split()[-1] for line in open(f"{places[0]}/Dockerfile") if line.startswith("FROM ")]
    if len(places) != 1 or given.get("--target") not in stages:
        fail(f"there is no stage {given.get('--target')}")


words = sys.argv[1:]
if words[:1] == ["compose"]:
    compose(words[1:])
elif words[:2] == ["buildx", "build"]:
    buildx(words[2:])
elif words[:2] == ["volume", "rm"]:
    flags = ["--env-file", ".env.prod", "-f", "docker-compose.yml", "-f", "docker-compose.prod.yml"]
    Engine([*flags, "volumes"]).remove(words[2])
else:
    fail(f"nobody carries out {' '.join(words)} here")
