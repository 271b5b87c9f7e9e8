"""The incidents: each makes one thing go wrong, and does the same without it where r.cured is set."""
import os, signal, time

INCIDENTS = {}


def incident(name, **about):
    def keep(do):
        INCIDENTS[name] = dict(about, do=do)
        return do
    return keep


def pooled(servers, keepalive="keepalive 32;", location="", more=""):
    return f"""    upstream app {{
{"".join(f"        server {s};" + chr(10) for s in servers)}        {keepalive}
    }}
    server {{
        listen 80;
        {more}
        location / {{
            proxy_pass http://app;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            {location}
        }}
    }}"""


def plain(target, location="", more=""):
    return f"""    server {{
        listen 80;
        {more}
        location / {{
            proxy_pass {target};
            {location}
        }}
    }}"""


@incident("pool-fills-backend")
def _(r):
    r.app("ok", "127.0.0.1:8000", slots=8, work=0.01)
    r.nginx(pooled(["127.0.0.1:8000"], "keepalive 4;" if r.cured else "keepalive 64;", "proxy_read_timeout 5s;") , workers=1)
    r.before()
    p = r.load(14, 4 if r.cured else 40, wait=False, every=0.5)
    if not r.cured:
        # Somebody beside nginx, as a health check is: it waits in the accept queue.
        r.load(12, 6, at="127.0.0.1:8000", wait=False, timeout=3)
    time.sleep(11)
    r.record()
    p.wait(30)


@incident("backend-hung")
def _(r):
    app = r.app("ok", "127.0.0.1:8000", backlog=128)
    r.nginx(plain("http://127.0.0.1:8000", "proxy_read_timeout 5s; proxy_connect_timeout 5s;"))
    r.before()
    r.load(3, 5, every=0.1)
    if not r.cured:
        app.send_signal(signal.SIGSTOP)
    p = r.load(12, 30, wait=False, every=0.1)
    time.sleep(10)
    r.record()
    p.wait(30)


@incident("backend-hung-with-a-pool")
def _(r):
    app = r.app("ok", "127.0.0.1:8000", backlog=511)
    r.nginx(pooled(["127.0.0.1:8000"], "keepalive 32;", "proxy_read_timeout 5s; proxy_connect_timeout 5s;"))
    r.before()
    r.load(3, 20, every=0.05)
    if not r.cured:
        app.send_signal(signal.SIGSTOP)
    p = r.load(12, 40, wait=False, every=0.1)
    time.sleep(10)
    r.record()
    p.wait(30)


@incident("backend-workers-busy")
def _(r):
    r.app("ok", "127.0.0.1:8000", slots=200 if r.cured else 8, work=2)
    r.nginx(pooled(["127.0.0.1:8000"], "keepalive 8;", "proxy_read_timeout 10s;"))
    r.before()
    p = r.load(18, 60, wait=False, every=0.1)
    time.sleep(16)
    r.record()
    p.wait(30)


@incident("backend-file-limit", app_log=True, backend_limits=True)
def _(r):
    r.app("ok", "127.0.0.1:8000", **({} if r.cured else {"files": 64}), work=1.5)
    r.nginx(plain("http://127.0.0.1:8000", "proxy_read_timeout 10s;"))
    r.before()
    p = r.load(10, 150, wait=False)
    time.sleep(7)
    r.record()
    p.wait(30)


@incident("ephemeral-ports-used-up")
def _(r):
    os.system("sysctl -qw net.ipv4.ip_local_port_range='40000 40999'")
    os.system("ip addr add 192.0.2.10/32 dev lo; ip addr add 192.0.2.20/32 dev lo")
    r.app("ok", "192.0.2.20:8080", work=0, client_closes=1)
    conf = pooled(["192.0.2.20:8080"]) if r.cured else pooled(["192.0.2.20:8080"], "" , "").replace("keepalive", "#keepalive")
    r.nginx(conf)
    r.before()
    p = r.load(14, 8, wait=False)
    time.sleep(12)
    r.record()
    p.wait(30)


@incident("time-wait-on-the-backends-side", cure=False)
def _(r):
    r.app("ok", "127.0.0.1:8080", work=0)
    r.nginx(plain("http://127.0.0.1:8080"))
    r.before()
    p = r.load(8, 10, wait=False)
    time.sleep(7)
    r.record()
    p.wait(30)


@incident("healthy", cure=False)
def _(r):
    os.system("ip addr add 192.0.2.20/32 dev lo")
    r.app("ok", "192.0.2.20:8080", work=0.005)
    r.nginx(pooled(["192.0.2.20:8080"], "keepalive 64;", "proxy_next_upstream error timeout;"), workers=2)
    r.before()
    p = r.load(10, 60, wait=False, every=0.05)
    q = r.load(9, 10, wait=False, close="", path="/,/slow")
    time.sleep(8)
    r.record()
    p.wait(30), q.wait(30)


@incident("stale-pooled-connection")
def _(r):
    r.app("ok", "127.0.0.1:8000", idle=2, window=0.02, work=0.001)
    r.nginx(pooled(["127.0.0.1:8000"], "keepalive 32; keepalive_timeout %s;" % ("1s" if r.cured else "60s")))
    r.before()
    p = r.load(40, 60, wait=False, method="POST", every=1.995, ramp=1.9)
    time.sleep(38)
    r.record()
    p.wait(30)


@incident("stale-after-requests")
def _(r):
    r.app("ok", "127.0.0.1:8000", requests=20, silent=1, window=0.01, work=0.001)
    r.nginx(pooled(["127.0.0.1:8000"], "keepalive 32; keepalive_requests %d;" % (10 if r.cured else 1000)))
    r.before()
    p = r.load(8, 20, wait=False, method="POST")
    time.sleep(7)
    r.record()
    p.wait(30)


@incident("backend-broke-off")
def _(r):
    r.app("ok", "127.0.0.1:8000", work=0.002)
    r.nginx(pooled(["127.0.0.1:8000"]))
    r.before()
    p = r.load(8, 10, wait=False, every=0.05, path="/,/a,/b" if r.cured else "/,/a,/bad/export")
    time.sleep(7)
    r.record()
    p.wait(30)


@incident("client-gone-nginx-reads-on")
def _(r):
    r.app("ok", "127.0.0.1:8000")
    cache = "" if r.cured else "proxy_cache c; proxy_cache_valid 200 1m;"
    r.nginx(("" if r.cured else "    proxy_cache_path /var/cache/nginx keys_zone=c:1m;\n") + pooled(["127.0.0.1:8000"], location=cache))
    r.before()
    for i in range(12):
        r.load(1, 3, path=f"/events/{i}", gone=0.4)
    r.record()


@incident("client-abort-ignored")
def _(r):
    r.app("ok", "127.0.0.1:8000", slow=60)
    r.nginx(pooled(["127.0.0.1:8000"], location="" if r.cured else "proxy_ignore_client_abort on;"))
    r.before()
    for i in range(6):
        r.load(1, 5, path=f"/slow/{i}", gone=0.4)
    r.record()


@incident("process-does-not-close")
def _(r):
    r.app("ok" if r.cured else "leak", "127.0.0.1:8000")
    os.system("sysctl -qw net.ipv4.tcp_fin_timeout=5")
    r.nginx(plain("http://127.0.0.1:8000", "proxy_http_version 1.1; proxy_set_header Connection close;").replace("proxy_http_version 1.1;", "proxy_http_version 1.1;"))
    r.before()
    r.load(3, 4, every=0.1, at="127.0.0.1:80")
    p = r.load(8, 4, wait=False, every=0.2)
    time.sleep(8)
    r.record()
    p.wait(30)


@incident("accept-queue-full")
def _(r):
    os.system("sysctl -qw net.core.somaxconn=%d" % (4096 if r.cured else 16))
    app = r.app("ok", "127.0.0.1:8000", backlog=511, pace=0.004, work=0.001)
    r.nginx(plain("http://127.0.0.1:8000", "proxy_connect_timeout 3s;"))
    r.before()
    for i in range(5):
        r.load(1.2, 200, every=2)
    r.record()


@incident("nginx-accept-queue-full")
def _(r):
    r.app("ok", "127.0.0.1:8000")
    r.nginx(pooled(["127.0.0.1:8000"]).replace("listen 80;", "listen 80 backlog=%d;" % (511 if r.cured else 8)))
    r.before()
    for i in range(6):
        worker = int(r.sh("pgrep -P $(cat %s/nginx.pid)" % r.dir).split()[0])
        os.kill(worker, signal.SIGSTOP)
        p = r.load(1.5, 150, wait=False, close="", every=5)
        time.sleep(0.5)
        os.kill(worker, signal.SIGCONT)
        p.wait(30)
    r.record()


@incident("unix-queue-full")
def _(r):
    os.system("sysctl -qw net.core.somaxconn=%d" % (4096 if r.cured else 4))
    r.app("ok", "unix:" + r.dir + "/app.sock", slots=16, work=0.05)
    r.nginx(plain("http://unix:/run/app.sock:/"))
    r.before()
    p = r.load(5, 40, wait=False, every=0.1)
    time.sleep(4)
    r.record()
    p.wait(30)


@incident("file-limit")
def _(r):
    r.app("ok", "127.0.0.1:8000", work=0.5)
    r.nginx(plain("http://127.0.0.1:8000"), main="worker_rlimit_nofile %d;" % (4096 if r.cured else 128))
    r.before()
    p = r.load(5, 120, wait=False)
    time.sleep(3)
    r.record()
    p.wait(30)


@incident("worker-connections")
def _(r):
    r.app("ok", "127.0.0.1:8000", work=0.5)
    r.nginx(plain("http://127.0.0.1:8000"), events="worker_connections %d;" % (1024 if r.cured else 64))
    r.before()
    p = r.load(5, 120, wait=False)
    time.sleep(3)
    r.record()
    p.wait(30)


@incident("old-workers", more="ps.txt")
def _(r):
    r.app("ok", "127.0.0.1:8000")
    r.nginx(pooled(["127.0.0.1:8000"], location="proxy_buffering off;"), main="worker_shutdown_timeout 1s;" if r.cured else "")
    r.before()
    for i in range(4):
        r.load(40, 12, wait=False, path="/events", patience=1, every=60)
        time.sleep(1)
        r.reload()
    r.load(2, 4, every=0.1)
    if r.cured:
        time.sleep(2)
    r.record()


@incident("servers-set-aside")
def _(r):
    r.app("ok" if r.cured else "busy", "127.0.0.1:8001")
    r.app("ok" if r.cured else "busy", "127.0.0.1:8002")
    r.nginx(pooled(["127.0.0.1:8001", "127.0.0.1:8002"], location="proxy_next_upstream error timeout http_503;"))
    r.before()
    p = r.load(8, 4, wait=False, every=0.2)
    time.sleep(7)
    r.record()
    p.wait(30)


@incident("address-family-refused")
def _(r):
    r.hosts("127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n")
    r.app("ok", "127.0.0.1:3000")
    r.nginx(plain("http://127.0.0.1:3000" if r.cured else "http://localhost:3000"))
    r.before()
    p = r.load(13, 3, wait=False, every=0.1)
    time.sleep(12)
    r.record()
    r.write("hosts", "127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n")
    p.wait(30)


@incident("nothing-listens")
def _(r):
    r.app("ok", "127.0.0.1:%d" % (3000 if r.cured else 3001))
    r.nginx(plain("http://127.0.0.1:3000"))
    r.before()
    p = r.load(5, 3, wait=False, every=0.2)
    time.sleep(4)
    r.record()
    p.wait(30)


@incident("timeout-in-force")
def _(r):
    r.app("ok", "127.0.0.1:8000", slow=7)
    r.nginx(pooled(["127.0.0.1:8000"], location="proxy_read_timeout %s;" % ("10s" if r.cured else "5s")))
    r.before()
    p = r.load(16, 10, wait=False, every=0.5, path="/,/a,/slow/report")
    time.sleep(15)
    r.record()
    p.wait(30)


@incident("time-wait-table-full")
def _(r):
    os.system("sysctl -qw net.ipv4.tcp_max_tw_buckets=%d" % (65536 if r.cured else 200))
    r.app("ok", "127.0.0.1:8080", work=0, client_closes=1)
    r.nginx(pooled(["127.0.0.1:8080"], "", "").replace("keepalive", "#keepalive"))
    r.before()
    p = r.load(4, 8, wait=False)
    time.sleep(3)
    r.record()
    p.wait(30)


def two_hosts(r, app):
    """A second namespace, reached by a pair of interfaces: nginx is 198.51.100.1, the backend 198.51.100.2."""
    os.system("""ip link add v0 type veth peer name v1; ip addr add 198.51.100.1/24 dev v0; ip link set v0 up""")
    holder = r.start("-c", "import ctypes,time; ctypes.CDLL(None).unshare(0x40000000); time.sleep(140)")
    for _ in range(100):
        if os.readlink(f"/proc/{holder.pid}/ns/net") != os.readlink("/proc/self/ns/net"):
            break
        time.sleep(0.05)
    os.system(f"ip link set v1 netns {holder.pid}")
    r.holder = holder.pid
    inside = f"nsenter -t {holder.pid} -n "
    os.system(inside + "sh -c 'ip link set lo up; ip addr add 198.51.100.2/24 dev v1; ip link set v1 up'")
    p = r.start("-c", f"import os; os.execvp('nsenter', ['nsenter','-t','{holder.pid}','-n','python3','app.py'] + {app!r})")
    time.sleep(1)
    return inside


@incident("conntrack-full", more="conntrack-S.txt conntrack-count.txt")
def _(r):
    inside = two_hosts(r, ["ok", "198.51.100.2:8000", "work=0.001"])
    os.system("iptables -A INPUT -m conntrack --ctstate INVALID -j DROP; iptables -A OUTPUT -m conntrack --ctstate NEW -j ACCEPT")
    os.system("sysctl -qw net.netfilter.nf_conntrack_max=%d net.netfilter.nf_conntrack_tcp_timeout_time_wait=120" % (65536 if r.cured else 200))
    r.nginx(plain("http://198.51.100.2:8000", "proxy_connect_timeout 4s;"))
    r.before()
    p = r.load(9, 20, wait=False, close="")
    time.sleep(8)
    r.record()
    p.wait(30)


@incident("reverse-path-filter")
def _(r):
    inside = two_hosts(r, ["ok", "198.51.100.2:8000"])
    os.system("sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.v0.rp_filter=0")
    # A second pair: what is sent to the backend leaves by v0, what it answers comes in by w0.
    os.system(f"ip link add w0 type veth peer name w1; ip addr add 198.51.101.1/24 dev w0; ip link set w0 up; ip link set w1 netns {r.holder}; sysctl -qw net.ipv4.conf.w0.rp_filter={0 if r.cured else 1}")
    os.system(inside + "sh -c 'ip addr add 198.51.101.2/24 dev w1; ip link set w1 up; ip addr add 203.0.113.9/32 dev lo; ip route add 198.51.100.1/32 via 198.51.101.1 dev w1; sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.v1.rp_filter=0'")
    # The filter drops questions for the address of w0, too.
    os.system(inside + "ip neigh add 198.51.101.1 lladdr $(cat /sys/class/net/w0/address 2>/dev/null || ip -br link show w0 | awk '{print $3}') dev w1")
    os.system("ip route add 203.0.113.9/32 via 198.51.100.2 dev v0")
    r.start("-c", "import os; os.execvp('sh', ['sh','-c', %r])" % (inside + "python3 app.py ok 203.0.113.9:8000"))
    time.sleep(1)
    r.nginx(plain("http://203.0.113.9:8000", "proxy_connect_timeout 3s;"))
    r.before()
    p = r.load(9, 6, wait=False, every=0.2)
    time.sleep(8)
    r.record()
    p.wait(30)


@incident("lost-syns")
def _(r):
    inside = two_hosts(r, ["ok", "198.51.100.2:8000", "work=0.001"])
    if not r.cured:
        os.system(inside + "iptables -A INPUT -p tcp --syn -m statistic --mode random --probability 0.3 -j DROP")
    r.nginx(plain("http://198.51.100.2:8000", "proxy_connect_timeout 20s;"))
    r.before()
    p = r.load(14, 20, wait=False, every=0.3)
    time.sleep(13)
    r.record()
    p.wait(30)


@incident("path-mtu", more="ss-tin.txt")
def _(r):
    inside = two_hosts(r, ["ok", "198.51.100.2:8000", "size=200000"])
    if not r.cured:
        os.system(inside + "iptables -A INPUT -m length --length 1400:65535 -j DROP")
    r.nginx(pooled(["198.51.100.2:8000"], location="proxy_read_timeout 8s; proxy_send_timeout 8s;", more="large_client_header_buffers 4 16k;"))
    r.before()
    p = r.load(14, 4, wait=False, every=0.3)
    q = r.load(14, 6, wait=False, every=0.3, path="/x?" +  "q" * 1500)
    time.sleep(13)
    r.record()
    p.wait(30), q.wait(30)


@incident("neighbour-table-full", more="arp-cache.txt ip-neigh.txt")
def _(r):
    inside = two_hosts(r, ["ok", "198.51.100.2:8000"])
    print(r.sh("sysctl net.ipv4.neigh.default.gc_thresh3"))
    r.nginx(plain("http://198.51.100.2:8000", "proxy_connect_timeout 3s;"))
    r.before()
    p = r.load(6, 4, wait=False, every=0.3)
    time.sleep(5)
    r.record()
    p.wait(30)


@incident("response-cut-temp-file")
def _(r):
    os.system("sysctl -qw net.ipv4.tcp_rmem='4096 16384 65536' net.ipv4.tcp_wmem='4096 16384 65536'")
    r.app("ok", "127.0.0.1:8000", size=16000000, send=2)
    r.nginx(pooled(["127.0.0.1:8000"], location="proxy_max_temp_file_size %s;" % ("0" if r.cured else "8m"), more="proxy_temp_path /var/cache/nginx/temp;"))
    r.before()
    p = r.load(24, 3, wait=False, path="/big", slowread="", patience=1)
    time.sleep(23)
    r.record()
    p.wait(30)


@incident("tls-name-missing")
def _(r):
    r.sh(f"openssl req -x509 -newkey rsa:2048 -nodes -keyout {r.dir}/k.pem -out {r.dir}/c.pem -subj /CN=shop.example -days 2; cat {r.dir}/k.pem {r.dir}/c.pem > {r.dir}/both.pem")
    r.app("ok", "127.0.0.1:8443", cert=r.dir + "/both.pem", name="shop.example")
    r.nginx(plain("https://127.0.0.1:8443", "proxy_ssl_server_name on; proxy_ssl_name shop.example;" if r.cured else ""))
    r.before()
    p = r.load(4, 3, wait=False, every=0.2)
    time.sleep(3)
    r.record()
    p.wait(30)


@incident("http10-refused")
def _(r):
    r.app("http11", "127.0.0.1:8000")
    r.nginx(plain("http://127.0.0.1:8000", "proxy_http_version 1.1;" if r.cured else ""))
    r.before()
    p = r.load(4, 3, wait=False, every=0.2)
    time.sleep(3)
    r.record()
    p.wait(30)


NODE = """
require('http').createServer((q, s) => setTimeout(() => s.end('ok\\n'), 1500)).listen(8000, '127.0.0.1');
"""


@incident("backend-closes-at-once")
def _(r):
    # Without a descriptor, Node.js accepts with a spare one and closes.
    r.file("app.js", NODE)
    r.server("sh -c '%s exec node app.js'" % ("" if r.cured else "ulimit -n 64;"), "127.0.0.1:8000")
    r.nginx(plain("http://127.0.0.1:8000", "proxy_read_timeout 10s;"))
    r.before()
    p = r.load(12, 120, wait=False)
    time.sleep(9)
    r.record()
    p.wait(30)


FPM = """[global]
error_log = DIR/php-fpm.log
daemonize = no
[www]
user = www-data
group = www-data
listen = 127.0.0.1:9000
pm = static
pm.max_children = %d
pm.max_requests = %d
"""


def php(r, children, requests, keep, upstream=""):
    r.file("fpm.conf", FPM % (children, requests))
    r.file("index.php", "<?php header('Content-Length: 2'); if (isset($_GET['d'])) usleep($_GET['d'] * 1000); echo 'ok';")
    r.server("php-fpm8.2 -y fpm.conf -F -n", "127.0.0.1:9000")
    r.nginx(f"""{upstream}    server {{
        listen 80;
        location / {{
            fastcgi_pass {"php" if upstream else "127.0.0.1:9000"};
            {keep}
            fastcgi_param SCRIPT_FILENAME {r.dir}/index.php;
            fastcgi_param QUERY_STRING $query_string;
            fastcgi_param REQUEST_METHOD $request_method;
            fastcgi_param CONTENT_LENGTH $content_length;
            fastcgi_param CONTENT_TYPE $content_type;
        }}
    }}""")


@incident("php-children-busy")
def _(r):
    php(r, 80 if r.cured else 4, 0, "fastcgi_read_timeout 8s;")
    r.before()
    p = r.load(22, 60, wait=False, every=0.1, path="/?d=1500")
    time.sleep(19)
    r.record()
    p.wait(30)


@incident("php-children-recycled")
def _(r):
    php(r, 8, 0 if r.cured else 20, "fastcgi_keep_conn on;", "    upstream php {\n        server 127.0.0.1:9000;\n        keepalive 8;\n    }\n")
    r.before()
    p = r.load(14, 8, wait=False, method="POST")
    time.sleep(12)
    r.record()
    p.wait(30)


HAPROXY = """global
    maxconn 2000
defaults
    mode http
    timeout connect 3s
    timeout client 30s
    timeout server 30s
    timeout queue 1s
frontend f
    bind 127.0.0.1:8000
    default_backend b
backend b
    server s1 127.0.0.1:8100 maxconn %d
"""


@incident("balancer-behind-is-full")
def _(r):
    r.app("ok", "127.0.0.1:8100", work=0.5)
    r.file("h.cfg", HAPROXY % (500 if r.cured else 4))
    r.server("haproxy -f h.cfg -db", "127.0.0.1:8000")
    r.nginx(pooled(["127.0.0.1:8000"]))
    r.before()
    p = r.load(10, 30, wait=False, every=0.1)
    time.sleep(8)
    r.record()
    p.wait(30)


@incident("nginx-worker-stopped")
def _(r):
    r.app("ok", "127.0.0.1:8000")
    r.nginx(pooled(["127.0.0.1:8000"]))
    r.before()
    worker = int(r.sh("pgrep -P $(cat %s/nginx.pid)" % r.dir).split()[0])
    p = r.load(12, 30, wait=False, every=0.1, timeout=2)
    time.sleep(2)
    if not r.cured:
        os.kill(worker, signal.SIGSTOP)
    time.sleep(8)
    r.record()
    os.kill(worker, signal.SIGCONT)
    p.wait(30)


@incident("disk-full")
def _(r):
    os.system("sysctl -qw net.ipv4.tcp_rmem='4096 16384 65536' net.ipv4.tcp_wmem='4096 16384 65536'")
    r.app("ok", "127.0.0.1:8000", size=16000000)
    os.makedirs(r.dir + "/cache", exist_ok=True)
    os.system("mount -t tmpfs -o size=%s tmpfs %s/cache" % ("200m" if r.cured else "6m", r.dir))
    r.nginx(pooled(["127.0.0.1:8000"], more="proxy_temp_path /var/cache/nginx/temp;"))
    r.before()
    p = r.load(14, 4, wait=False, path="/big", slowread="", patience=1)
    q = r.load(14, 3, wait=False, every=0.2)
    time.sleep(12)
    r.record()
    p.wait(30), q.wait(30)


@incident("one-of-two-started-again", cure=False)
def _(r):
    first = r.app("ok", "127.0.0.1:8001")
    r.app("ok", "127.0.0.1:8002")
    r.nginx(pooled(["127.0.0.1:8001", "127.0.0.1:8002"]))
    r.before()
    p = r.load(14, 6, wait=False, every=0.2)
    time.sleep(3)
    first.terminate()
    time.sleep(1)
    r.app("ok", "127.0.0.1:8001")
    time.sleep(8)
    r.record()
    p.wait(30)
