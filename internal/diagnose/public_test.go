package diagnose

import (
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// public are shapes of what people have shown of their incidents in public, each
// written anew: seldom more than a few lines, often of one tool, without a
// configuration. Little can be proved from so little; the right cause comes first.
var public = []struct {
	from, text, want string
}{
	{"github.com/openresty/openresty/issues/829", `-- nginx.conf --
events {}
http { upstream a { server 192.0.2.8:8080; keepalive 320; keepalive_requests 1000; keepalive_timeout 60s; }
server { listen 9080; location / { proxy_pass http://a; proxy_http_version 1.1; proxy_set_header Connection ""; } } }
-- error.log --
2022/04/15 17:45:45 [error] 63#0: *641 upstream prematurely closed connection while reading response header from upstream, client: 192.0.2.1, server: _, request: "POST /a/b HTTP/1.1", upstream: "http://192.0.2.8:8080/a/b", host: "x.example:9080"
`, "stale-pooled-connection likely"},
	{"github.com/jetty/jetty.project/issues/2306", `-- nginx.conf --
events {}
http { upstream jetty { server 127.0.0.1:8080; keepalive 10000; }
server { listen 80; location / { proxy_pass http://jetty; proxy_http_version 1.1; proxy_set_header Connection ""; } } }
-- error.log --
2018/03/04 22:39:30 [error] 19#19: *20 upstream prematurely closed connection while reading response header from upstream, client: 192.0.2.1, server: , request: "POST /x HTTP/1.1", upstream: "http://127.0.0.1:8080/x", host: "a"
`, "stale-pooled-connection likely"},
	{"github.com/kubernetes/ingress-nginx/issues/12285", `-- log.txt --
2024/11/03 06:09:29 [error] 184#184: *94 upstream prematurely closed connection while reading response header from upstream, client: 192.0.2.1, server: d.local, request: "GET / HTTP/1.1", upstream: "http://192.0.2.84:5601/", host: "d.local"
192.0.2.1 - - [03/Nov/2024:06:09:29 +0000] "GET / HTTP/1.1" 502 559 "-" "Mozilla/5.0" "-"
`, "stale-pooled-connection likely"},
	{"github.com/nginx-proxy/nginx-proxy/issues/1587", `-- nginx.conf --
events {}
http { log_format u '$remote_addr "$request" $status $upstream_response_time [$upstream_addr] $upstream_status';
server { listen 80; location / { proxy_pass http://192.0.2.9:4001; } } }
-- error.log --
2021/04/12 10:00:05 [error] 1#1: *4 upstream prematurely closed connection while reading response header from upstream, client: 192.0.2.1, server: t.example, request: "POST /graphql HTTP/2.0", upstream: "http://192.0.2.9:4001/graphql", host: "t.example"
-- access.log --
192.0.2.1 "POST /graphql HTTP/2.0" 502 5.001 [192.0.2.9:4001] 502
`, "backend-broke-off proved"},
	{"serverfault.com/questions/641357", `-- error.log --
2014/11/01 20:35:24 [error] 166#0: *258 connect() to unix:/var/run/php5-fpm.sock failed (11: Resource temporarily unavailable) while connecting to upstream, client: 192.0.2.1, server: a, request: "GET /?b=1 HTTP/1.1", upstream: "fastcgi://unix:/var/run/php5-fpm.sock:", host: "a"
`, "accept-queue-full likely"},
	{"fixwikihub.com php-fpm-pool-process-manager-exhausted", `-- php8.2-fpm.log --
[15-Jan-2024 10:30:00] WARNING: [pool www] server reached pm.max_children setting (50), consider raising it
-- error.log --
2024/01/15 10:30:01 [error] 123#0: *56 connect() to unix:/run/php/php8.2-fpm.sock failed (11: Resource temporarily unavailable) while connecting to upstream, client: 192.0.2.1, server: a, request: "GET / HTTP/1.1", upstream: "fastcgi://unix:/run/php/php8.2-fpm.sock:", host: "a"
`, "backend-workers-busy likely"},
	{"ddcode.net 2019/06/23", `-- - --
# netstat -s | grep listen
    22438 times the listen queue of a socket overflowed
`, "accept-queue-full possible"},
	{"github.com/engintron/engintron/issues/938", `-- error.log --
2018/09/29 23:34:57 [crit] 47#47: *21 connect() to 192.0.2.5:80 failed (99: Cannot assign requested address) while connecting to upstream, client: 192.0.2.1, server: localhost, request: "GET /?s HTTP/1.1", upstream: "http://192.0.2.5:80/?s", host: "d"
`, "ephemeral-ports-used-up likely"},
	{"github.com/nginx/kubernetes-ingress/issues/4370", `-- pod.log --
2023/09/22 10:00:00 [emerg] 12#12: bind() to unix:/var/lib/nginx/nginx-config-version.sock failed (98: Address already in use)
`, "address-in-use likely"},
	{"github.com/kubernetes/ingress-nginx/issues/1284", `-- pod.log --
2017/09/01 03:19:26 [emerg] 24#24: bind() to [::1]:18080 failed (99: Cannot assign requested address)
nginx: [emerg] bind() to [::1]:18080 failed (99: Cannot assign requested address)
nginx: configuration file /tmp/nginx-cfg test failed
`, "listen-address-missing likely"},
	{"github.com/kubernetes/kubernetes/issues/71261", `-- dmesg.txt --
[Tue Nov 20 22:30:22 2018] nf_conntrack: table full, dropping packet
[Tue Nov 20 22:30:27 2018] nf_conntrack: table full, dropping packet
`, "conntrack-full likely"},
	{"github.com/canonical/hotsos/issues/101", `-- kern.log --
Jun  9 10:00:00 h kernel: [1694413.644132] nf_conntrack: nf_conntrack: table full, dropping packet
-- sysctl.txt --
net.netfilter.nf_conntrack_max = 262144
-- conntrack-count.txt --
262144
`, "conntrack-full proved"},
	{"github.com/adobe-platform/porter/issues/124", `-- before.txt --
TcpExt:
    5 packets pruned from receive queue because of socket buffer overrun
    23450 TCP sockets finished time wait in fast timer
    TCPTimeWaitOverflow: 27360
-- after.txt --
TcpExt:
    5 packets pruned from receive queue because of socket buffer overrun
    43361 TCP sockets finished time wait in fast timer
    TCPTimeWaitOverflow: 57360
-- dmesg.txt --
[ 9.1] nf_conntrack: table full, dropping packet
`, "conntrack-full likely"},
	{"github.com/nginx/kubernetes-ingress/issues/41", `-- error.log --
2016/10/13 10:00:00 [error] 20#20: *3 connect() failed (111: Connection refused) while connecting to upstream, client: 192.0.2.1, server: a, request: "GET / HTTP/1.1", upstream: "http://192.0.2.33:80/", host: "a"
`, "nothing-listens likely"},
	{"php.cn/faq/377325: numbers of states alone", `-- states.txt --
LAST_ACK 5
SYN_RECV 30
ESTABLISHED 1597
FIN_WAIT2 504
TIME_WAIT 1057
`, ""},
	{"netdata.cloud nginx-listen-queue-overflow", `-- - --
State  Recv-Q Send-Q Local Address:Port Peer Address:Port
LISTEN 129    128          0.0.0.0:80        0.0.0.0:*
-- sysctl.txt --
net.core.somaxconn = 128
`, "accept-queue-full likely"},
	{"nginx forum: localhost and IPv6", `-- error.log --
2020/01/01 10:00:00 [error] 5#5: *1 connect() failed (111: Connection refused) while connecting to upstream, client: 192.0.2.1, server: a, request: "GET / HTTP/1.1", upstream: "http://[::1]:3000/", host: "a"
2020/01/01 10:00:00 [error] 5#5: *1 connect() failed (111: Connection refused) while connecting to upstream, client: 192.0.2.1, server: a, request: "GET / HTTP/1.1", upstream: "http://127.0.0.1:3000/", host: "a"
`, "nothing-listens likely"},
	{"trac.nginx.org: too many open files", `-- error.log --
2012/04/10 10:00:00 [alert] 5#0: accept() failed (24: Too many open files)
2012/04/10 10:00:01 [alert] 5#0: *9 socket() failed (24: Too many open files) while connecting to upstream, client: 192.0.2.1, server: a, request: "GET / HTTP/1.0", upstream: "http://127.0.0.1:81/", host: "a"
-- limits --
Limit                     Soft Limit           Hard Limit           Units
Max open files            1024                 4096                 files
`, "file-limit proved"},
	{"stackoverflow: worker_connections", `-- error.log --
2013/01/01 10:00:00 [alert] 5#0: *9 1024 worker_connections are not enough while connecting to upstream, client: 127.0.0.1, server: a, request: "GET / HTTP/1.0", upstream: "http://127.0.0.1:80/", host: "a"
`, "worker-connections likely"},
	{"stackoverflow: upstream timed out, 60 s", `-- error.log --
2015/01/01 10:01:00 [error] 5#0: *9 upstream timed out (110: Connection timed out) while reading response header from upstream, client: 192.0.2.1, server: a, request: "GET /report HTTP/1.1", upstream: "fastcgi://unix:/run/php.sock:", host: "a"
`, "timeout-in-force likely"},
	{"serverfault: SSL alert 40 to the upstream", `-- error.log --
2019/01/01 10:01:00 [error] 5#5: *9 SSL_do_handshake() failed (SSL: error:14094410:SSL routines:ssl3_read_bytes:sslv3 alert handshake failure:SSL alert number 40) while SSL handshaking to upstream, client: 192.0.2.1, server: a, request: "GET / HTTP/1.1", upstream: "https://192.0.2.9:443/", host: "a"
`, "tls-name-missing possible"},
	{"istio and envoy: 426", `-- nginx.conf --
events {}
http { server { listen 80; location / { proxy_pass http://192.0.2.9:80; proxy_http_version 1.0; } } }
-- access.log --
192.0.2.1 - - [01/Jan/2022:10:00:00 +0000] "GET / HTTP/1.1" 426 0 "-" "curl/7.0"
`, "http10-refused proved"},
	{"stackoverflow: downloads cut at 1 GB", `-- error.log --
2015/01/01 10:00:00 [warn] 5#0: *9 an upstream response is buffered to a temporary file /var/cache/nginx/1/00/1 while reading upstream, client: 192.0.2.1, server: a, request: "GET /f HTTP/1.1", upstream: "http://127.0.0.1:8080/f", host: "a"
2015/01/01 10:05:00 [error] 5#0: *9 upstream prematurely closed connection while reading upstream, client: 192.0.2.1, server: a, request: "GET /f HTTP/1.1", upstream: "http://127.0.0.1:8080/f", host: "a"
`, "response-cut-temp-file likely"},
	{"serverfault: permission denied to php-fpm", `-- error.log --
2014/05/08 10:00:00 [crit] 5#0: *9 connect() to unix:/var/run/php5-fpm.sock failed (13: Permission denied) while connecting to upstream, client: 192.0.2.1, server: a, request: "GET / HTTP/1.1", upstream: "fastcgi://unix:/var/run/php5-fpm.sock:", host: "a"
`, "socket-not-permitted likely"},
	{"docker forum: host not found", `-- compose.log --
web-1  | 2023/01/01 10:00:00 [emerg] 1#1: host not found in upstream "api" in /etc/nginx/conf.d/default.conf:8
web-1  | nginx: [emerg] host not found in upstream "api" in /etc/nginx/conf.d/default.conf:8
`, "name-not-resolved likely"},
	{"lkml: neighbour table", `-- kern.log --
Feb  3 10:00:00 h kernel: [ 700.1] neighbour: arp_cache: neighbor table overflow!
`, "neighbour-table-full likely"},
	{"serverfault: TCP out of memory", `-- dmesg.txt --
[ 8100.1] TCP: out of memory -- consider tuning tcp_mem
`, "tcp-memory likely"},
	{"stackoverflow: thousands of TIME_WAIT and nothing else", `-- netstat.txt --
Active Internet connections (servers and established)
Proto Recv-Q Send-Q Local Address           Foreign Address         State
tcp        0      0 10.0.0.5:443            198.51.100.7:50001      TIME_WAIT
tcp        0      0 10.0.0.5:443            198.51.100.8:50002      TIME_WAIT
tcp        0      0 10.0.0.5:443            198.51.100.9:50003      TIME_WAIT
`, ""},
	{"serverfault: no live upstreams", `-- error.log --
2018/01/01 10:00:00 [error] 5#5: *1 upstream timed out (110: Connection timed out) while connecting to upstream, client: 192.0.2.1, server: a, request: "GET / HTTP/1.1", upstream: "http://192.0.2.9:80/", host: "a"
2018/01/01 10:00:00 [error] 5#5: *2 no live upstreams while connecting to upstream, client: 192.0.2.1, server: a, request: "GET / HTTP/1.1", upstream: "http://app/", host: "a"
`, "lost-syns likely"},
	{"askubuntu: no route to host", `-- error.log --
2018/01/01 10:00:00 [error] 5#5: *1 connect() failed (113: No route to host) while connecting to upstream, client: 192.0.2.1, server: a, request: "GET / HTTP/1.1", upstream: "http://192.0.2.9:80/", host: "a"
`, "server-unreachable likely"},
	{"serverfault: 499 after a minute behind a balancer", `-- nginx.conf --
events {}
http { log_format t '$remote_addr [$time_local] "$request" $status $request_time'; server { listen 80; location / { proxy_pass http://127.0.0.1:1; } } }
-- access.log --
192.0.2.1 [01/Jan/2022:10:00:00 +0000] "GET /r HTTP/1.1" 499 60.001
192.0.2.1 [01/Jan/2022:10:01:00 +0000] "GET /r HTTP/1.1" 499 60.000
192.0.2.1 [01/Jan/2022:10:02:00 +0000] "GET /r HTTP/1.1" 499 60.002
192.0.2.1 [01/Jan/2022:10:03:00 +0000] "GET /r HTTP/1.1" 499 60.001
192.0.2.1 [01/Jan/2022:10:04:00 +0000] "GET /r HTTP/1.1" 499 60.000
`, "client-timed-out likely"},
}

func TestPublic(t *testing.T) {
	for _, p := range public {
		t.Run(p.from, func(t *testing.T) {
			files := map[string]string{}
			for _, f := range txtar.Parse([]byte(p.text)).Files {
				files[f.Name] = string(f.Data)
			}
			res := Run(input(t, files))
			got := ""
			if len(res.Answers) > 0 {
				got = res.Answers[0].Cause.ID + " " + res.Answers[0].Certainty.String()
			}
			if got != p.want {
				t.Errorf("%q, want %q", got, p.want)
			}
			for _, a := range res.Answers {
				if a.Certainty == Proved && !strings.HasPrefix(p.want, a.Cause.ID) {
					t.Errorf("%s is said to be proved", a.Cause.ID)
				}
			}
		})
	}
}
