"""Makes incidents happen in a network namespace of their own, with real nginx and a backend that misbehaves, and records
what the tools print: record.py DIR [NAME ...]. Without names, all. Needs root, nginx, iproute2, net-tools, procps, python3,
and conntrack, iptables, node, php-fpm and haproxy for some. Each run is bounded in time, and what it starts ends with it.
The recordings beside this folder are of nginx 1.22.1, iproute2 6.1.0, net-tools 2.10, Linux 6.18, PHP 8.2.36, HAProxy 2.6.12
and Node.js 20.20.2; of long logs and tables of TIME-WAIT a part is kept, of counters those that are not 0."""
import os, re, shutil, signal, subprocess, sys, tempfile, time
from incidents import INCIDENTS

here = os.path.dirname(os.path.abspath(__file__))

TOOLS = {
    "ss-tanp.txt": "ss -tanp", "ss-ltn.txt": "ss -ltn", "ss-xl.txt": "ss -xl", "ss-s.txt": "ss -s", "netstat-antp.txt": "netstat -antp",
    "netstat-s.txt": "netstat -s", "nstat.txt": "NSTAT_HISTORY=/dev/null nstat -az", "sockstat.txt": "cat /proc/net/sockstat",
    "proc-net-tcp.txt": "cat /proc/net/tcp", "proc-net-tcp6.txt": "cat /proc/net/tcp6", "proc-net-snmp.txt": "cat /proc/net/snmp",
    "proc-net-netstat.txt": "cat /proc/net/netstat",
}
MORE = {
    "ss-tin.txt": "ss -tinop", "conntrack-S.txt": "conntrack -S", "conntrack-count.txt": "conntrack -C", "ps.txt": "ps -o pid,ppid,args -C nginx",
    "ip-neigh.txt": "ip -s neigh", "arp-cache.txt": "cat /proc/net/stat/arp_cache", "ip-route.txt": "ip route",
}
KEYS = re.compile(r"^net\.(core\.(somaxconn|netdev)|ipv4\.(tcp_|ip_local|conf\.(all|default|lo|v0|v1|w0)\.rp_filter|neigh\.default\.gc)|netfilter\.nf_conntrack_(max|buckets|count|tcp_be)|ipv6\.conf\.all\.disable)|^fs\.(file-max|nr_open)")


class Run:
    def __init__(self, name, incident, out, cured):
        self.name, self.incident, self.cured = name, incident, cured
        self.out = os.path.join(out, name, "cured") if cured else os.path.join(out, name)
        self.dir = tempfile.mkdtemp(prefix="record-")
        os.chmod(self.dir, 0o755)
        self.children = []

    def sh(self, command, check=False):
        return subprocess.run(command, shell=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=check, timeout=120).stdout

    def start(self, *args, **kw):
        log = open(os.path.join(self.dir, "app.log"), "a")
        p = subprocess.Popen(["python3", *args], stdout=log, stderr=log, cwd=here, **kw)
        self.children.append(p)
        return p

    def app(self, kind, where, **opt):
        p = self.start("app.py", kind, where, *(f"{k}={v}" for k, v in opt.items()))
        for _ in range(100):
            if where.startswith("unix:"):
                if os.path.exists(where[5:]):
                    break
            elif f":{where.rsplit(':', 1)[1]} " in self.sh("ss -ltn"):
                break
            time.sleep(0.05)
        return p

    def file(self, name, text):
        with open(os.path.join(self.dir, name), "w") as f:
            f.write(text.replace("DIR", self.dir))

    def server(self, command, where):
        """Starts a server that is not app.py, in the folder of the run, where DIR stands for it in what file wrote."""
        log = open(os.path.join(self.dir, "app.log"), "a")
        self.children.append(subprocess.Popen("exec " + command, shell=True, stdout=log, stderr=log, cwd=self.dir))
        for _ in range(200):
            if f":{where.rsplit(':', 1)[1]} " in self.sh("ss -ltn"):
                return
            time.sleep(0.1)
        sys.exit(f"{command} does not listen on {where}")

    def load(self, seconds, clients, at="127.0.0.1:80", wait=True, **opt):
        p = subprocess.Popen(["python3", "load.py", at, str(seconds), str(clients), *(f"{k}={v}" if v != "" else k for k, v in opt.items())], cwd=here, stdout=subprocess.PIPE, text=True)
        self.children.append(p)
        if wait:
            print("   ", p.communicate(timeout=seconds + 30)[0].strip())
        return p

    def nginx(self, http, main="", events="worker_connections 1024;", workers=1, level="warn"):
        conf = f"""user www-data;
worker_processes {workers};
pid /run/nginx.pid;
error_log /var/log/nginx/error.log {level};
{main}
events {{ {events} }}

http {{
    log_format main '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" '
                    '"$http_user_agent" $request_time $upstream_connect_time $upstream_header_time '
                    '$upstream_response_time [$upstream_addr] $upstream_status';
    access_log /var/log/nginx/access.log main;
{http}
}}
"""
        self.conf = conf
        real = conf.replace("/run/nginx.pid", self.dir + "/nginx.pid").replace("/var/log/nginx", self.dir).replace("/var/cache/nginx", self.dir + "/cache").replace("/run/app.sock", self.dir + "/app.sock")
        with open(self.dir + "/nginx.conf", "w") as f:
            f.write(real)
        os.makedirs(self.dir + "/cache", exist_ok=True)
        os.chmod(self.dir + "/cache", 0o777)
        subprocess.run(["nginx", "-c", self.dir + "/nginx.conf"], check=True)
        time.sleep(0.3)

    def hosts(self, text):
        with open(self.dir + "/hosts", "w") as f:
            f.write(text)
        subprocess.run(["mount", "--bind", self.dir + "/hosts", "/etc/hosts"], check=True)

    def reload(self):
        subprocess.run(["nginx", "-c", self.dir + "/nginx.conf", "-s", "reload"], check=True)
        time.sleep(0.5)

    def before(self):
        os.makedirs(self.out, exist_ok=True)
        self.write("nstat-before.txt", self.sh("NSTAT_HISTORY=/dev/null nstat -az"))
        if self.incident.get("more"):
            self.write("arp-cache-before.txt", self.sh(MORE["arp-cache.txt"]))

    def write(self, name, text):
        with open(os.path.join(self.out, name), "w") as f:
            f.write(text.replace(self.dir + "/app.sock", "/run/app.sock").replace(self.dir + "/cache", "/var/cache/nginx").replace(self.dir, "/var/log/nginx"))

    def record(self):
        tools = dict(TOOLS)
        for extra in self.incident.get("more", "").split():
            tools[extra] = MORE[extra]
        for name, command in tools.items():
            text = self.sh(command)
            self.write(name, text)
        self.write("sysctl-a.txt", "".join(l for l in self.sh("sysctl -a").splitlines(True) if KEYS.match(l)))
        with open(self.dir + "/nginx.pid") as f:
            master = f.read().strip()
        worker = self.sh(f"pgrep -P {master}").split()
        self.write("proc-limits.txt", self.sh(f"cat /proc/{worker[-1] if worker else master}/limits"))
        if self.incident.get("backend_limits"):
            self.write("backend-limits.txt", self.sh(f"cat /proc/{self.children[0].pid}/limits"))
        self.write("nginx.conf", self.conf)

    def logs(self):
        for log in ("access.log", "error.log", "app.log"):
            path = os.path.join(self.dir, log)
            text = open(path, errors="replace").read() if os.path.exists(path) else ""
            lines = text.splitlines(True)
            if log == "access.log":
                lines = lines[-1500:]
            if log != "app.log" or text and self.incident.get("app_log"):
                self.write(log, "".join(lines))

    def end(self):
        for p in self.children:
            try:
                p.send_signal(signal.SIGCONT)
                p.kill()
                p.wait(5)
            except Exception:
                pass
        try:
            with open(self.dir + "/nginx.pid") as f:
                os.kill(int(f.read()), signal.SIGTERM)
        except Exception:
            pass
        time.sleep(0.3)
        shutil.rmtree(self.dir, ignore_errors=True)


def one(name, out, cured):
    r = Run(name, INCIDENTS[name], out, cured)
    try:
        subprocess.run("ip link set lo up", shell=True, check=True)
        print(name, "cured" if cured else "", flush=True)
        INCIDENTS[name]["do"](r)
        r.logs()
    finally:
        r.end()


if __name__ == "__main__":
    if sys.argv[1] == "--inside":
        one(sys.argv[3], sys.argv[2], sys.argv[4] == "cured")
        sys.exit()
    out, names = os.path.abspath(sys.argv[1]), sys.argv[2:] or list(INCIDENTS)
    for name in names:
        for state in ["sick"] + (["cured"] if INCIDENTS[name].get("cure", True) else []):
            done = subprocess.run(["timeout", "150", "unshare", "--net", "--mount", "python3", os.path.abspath(__file__), "--inside", out, name, state])
            if done.returncode:
                print(f"{name} {state}: status {done.returncode}", file=sys.stderr)
